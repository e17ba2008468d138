"""Words that text writes as signs: units, currencies, months, abbreviations, acronyms, symbols."""


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


# unit: (one, several, Chinese); case matters
UNITS = {
    "km": ("kilometer", "kilometers", "公里"), "m": ("meter", "meters", "米"),
    "cm": ("centimeter", "centimeters", "厘米"), "mm": ("millimeter", "millimeters", "毫米"),
    "nm": ("nanometer", "nanometers", "纳米"), "μm": ("micrometer", "micrometers", "微米"),
    "ft": ("foot", "feet", "英尺"), "yd": ("yard", "yards", "码"), "mi": ("mile", "miles", "英里"),
    "kg": ("kilogram", "kilograms", "公斤"), "Kg": ("kilogram", "kilograms", "公斤"),
    "g": ("gram", "grams", "克"),
    "mg": ("milligram", "milligrams", "毫克"), "μg": ("microgram", "micrograms", "微克"),
    "lb": ("pound", "pounds", "磅"), "lbs": ("pound", "pounds", "磅"),
    "oz": ("ounce", "ounces", "盎司"), "t": ("ton", "tons", "吨"),
    "L": ("liter", "liters", "升"), "l": ("liter", "liters", "升"),
    "ml": ("milliliter", "milliliters", "毫升"), "mL": ("milliliter", "milliliters", "毫升"),
    "gal": ("gallon", "gallons", "加仑"),
    "s": ("second", "seconds", "秒"), "sec": ("second", "seconds", "秒"),
    "secs": ("second", "seconds", "秒"), "ms": ("millisecond", "milliseconds", "毫秒"),
    "min": ("minute", "minutes", "分钟"), "mins": ("minute", "minutes", "分钟"),
    "h": ("hour", "hours", "小时"), "hr": ("hour", "hours", "小时"),
    "hrs": ("hour", "hours", "小时"), "yrs": ("year", "years", "年"),
    "km/h": ("kilometer per hour", "kilometers per hour", "公里每小时"),
    "kph": ("kilometer per hour", "kilometers per hour", "公里每小时"),
    "mph": ("mile per hour", "miles per hour", "英里每小时"),
    "m/s": ("meter per second", "meters per second", "米每秒"),
    "Mbps": ("megabit per second", "megabits per second", "兆比特每秒"),
    "m^2": ("square meter", "square meters", "平方米"),
    "km^2": ("square kilometer", "square kilometers", "平方公里"),
    "cm^2": ("square centimeter", "square centimeters", "平方厘米"),
    "m^3": ("cubic meter", "cubic meters", "立方米"),
    "cm^3": ("cubic centimeter", "cubic centimeters", "立方厘米"),
    "sq ft": ("square foot", "square feet", "平方英尺"),
    "°C": ("degree celsius", "degrees celsius", "摄氏度"),
    "°F": ("degree fahrenheit", "degrees fahrenheit", "华氏度"), "°": ("degree", "degrees", "度"),
    "¢": ("cent", "cents", "美分"), "Hz": ("hertz", "hertz", "赫兹"),
    "kHz": ("kilohertz", "kilohertz", "千赫"),
    "MHz": ("megahertz", "megahertz", "兆赫"), "GHz": ("gigahertz", "gigahertz", "吉赫"),
    "dB": ("decibel", "decibels", "分贝"), "W": ("watt", "watts", "瓦"),
    "kW": ("kilowatt", "kilowatts", "千瓦"), "MW": ("megawatt", "megawatts", "兆瓦"),
    "kWh": ("kilowatt hour", "kilowatt hours", "千瓦时"), "V": ("volt", "volts", "伏"),
    "mAh": ("milliamp hour", "milliamp hours", "毫安时"),
    "kB": ("kilobyte", "kilobytes", "千字节"), "KB": ("kilobyte", "kilobytes", "千字节"),
    "MB": ("megabyte", "megabytes", "兆字节"), "GB": ("gigabyte", "gigabytes", "吉字节"),
    "TB": ("terabyte", "terabytes", "太字节"), "px": ("pixel", "pixels", "像素"),
    "fps": ("frame per second", "frames per second", "帧每秒"),
    "rpm": ("revolution per minute", "revolutions per minute", "转每分"),
    "kcal": ("kilocalorie", "kilocalories", "千卡"), "cal": ("calorie", "calories", "卡"),
}  # fmt: skip

# sign: (one, several, hundredth, hundredths, Chinese)
CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents", "美元"),
    "US$": ("U S dollar", "U S dollars", "cent", "cents", "美元"),
    "HK$": ("hong kong dollar", "hong kong dollars", "cent", "cents", "港元"),
    "£": ("pound", "pounds", "penny", "pence", "英镑"),
    "€": ("euro", "euros", "cent", "cents", "欧元"),
    "¥": ("yuan", "yuan", "fen", "fen", "元"),
    "₹": ("rupee", "rupees", "paisa", "paise", "卢比"),
    "₩": ("won", "won", "jeon", "jeon", "韩元"),
    "₽": ("ruble", "rubles", "kopeck", "kopecks", "卢布"),
}  # fmt: skip
CURRENCY_CODES = {
    "USD": "$", "EUR": "€", "GBP": "£", "RMB": "¥", "CNY": "¥", "HKD": "HK$", "INR": "₹",
    "KRW": "₩",
}  # fmt: skip
SCALES = {
    "k": ("thousand", "千"), "K": ("thousand", "千"), "thousand": ("thousand", "千"),
    "m": ("million", "百万"), "M": ("million", "百万"), "mn": ("million", "百万"),
    "million": ("million", "百万"), "b": ("billion", "十亿"), "B": ("billion", "十亿"),
    "bn": ("billion", "十亿"), "billion": ("billion", "十亿"), "trillion": ("trillion", "万亿"),
    "tn": ("trillion", "万亿"),
}  # fmt: skip

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip

# Written with a dot; TITLES also without one before a name.
TITLES = {
    "dr": "doctor", "mr": "mister", "mrs": "missus", "ms": "ms", "prof": "professor",
    "rev": "reverend", "gen": "general", "col": "colonel", "sgt": "sergeant", "capt": "captain",
    "lt": "lieutenant", "cpl": "corporal", "gov": "governor", "sen": "senator",
    "rep": "representative", "hon": "honorable", "pres": "president", "mt": "mount", "ft": "fort",
}  # fmt: skip
ABBREVIATIONS = {
    "jr": "junior", "sr": "senior", "inc": "incorporated", "ltd": "limited", "co": "company",
    "corp": "corporation", "bros": "brothers", "ave": "avenue", "blvd": "boulevard", "rd": "road",
    "dept": "department", "fig": "figure", "figs": "figures",
    "vol": "volume", "vs": "versus", "etc": "et cetera", "approx": "approximately",
    "e.g": "for example", "i.e": "that is", "cf": "compare", "max": "maximum", "min": "minimum",
    "tel": "telephone", "ext": "extension", "dist": "district",
    "govt": "government", "assn": "association", "univ": "university", "ph.d": "P H D",
    "a.m": "A M", "p.m": "P M", "misc": "miscellaneous", "incl": "including",
}  # fmt: skip
BARE_ABBREVIATIONS = {"vs": "versus", "etc": "et cetera", "approx": "approximately"}

# Capitals that are said as a word although the dictionary spells them or lacks them.
WORD_ACRONYMS = words(
    "NASA NATO UNESCO UNICEF OPEC AIDS FIFA UEFA NAFTA COVID SARS RADAR LASER SCUBA SIM PIN RAM "
    "ROM LAN WAN GIF JPEG YOLO FOMO SWAT ASCII CAPTCHA NASDAQ ASEAN BRICS CERN LIDAR SONAR "
    "TESOL TOEFL POTUS SCOTUS NIMBY MIDI VISA SOHO ZIP BIOS CRISPR HIPAA OSHA NORAD"
)
# Short words in capitals are words when they are shouted, not spelled.
COMMON_SHORT = words(
    "a i am an and are as at be but by can did do for get go had has he her him his how if in is "
    "it its let me my no nor not now of off oh ok on one or our out put see she so the to too two "
    "up us was way we who why yes yet you all any new old own say may day man big bad fun run stop"
)
ROYAL_NAMES = words(
    "henry louis elizabeth george charles william edward james richard philip napoleon paul "
    "benedict francis pius nicholas alexander peter catherine frederick wilhelm friedrich leo "
    "gregory ivan innocent clement urban mary john robert david ferdinand carl gustav olav ramses"
)
NUMBERED = words(
    "chapter part act volume vol war section book phase type title appendix level stage class "
    "grade figure table scene article step mark rocky apollo saturn bowl"
)
LETTERED = words(
    "plan vitamin grade type group class section part option hepatitis team series exhibit "
    "appendix level point schedule unit block model figure table the"
)

# symbol: (English, Chinese)
SYMBOLS = {
    "&": ("and", "和"), "+": ("plus", "加"), "=": ("equals", "等于"), "@": ("at", "艾特"),
    "%": ("percent", "百分之"), "×": ("times", "乘"), "÷": ("divided by", "除以"),
    "±": ("plus or minus", "正负"), "<": ("less than", "小于"), ">": ("greater than", "大于"),
    "≤": ("less than or equal to", "小于等于"), "≥": ("greater than or equal to", "大于等于"),
    "≠": ("not equal to", "不等于"), "≈": ("approximately", "约等于"),
    "√": ("square root of", "根号"), "∞": ("infinity", "无穷"),
    "§": ("section", "第"), "°": ("degrees", "度"),
    "$": ("dollars", "美元"), "£": ("pounds", "英镑"), "€": ("euros", "欧元"), "¥": ("yuan", "元"),
    "₹": ("rupees", "卢比"), "₩": ("won", "韩元"), "₽": ("rubles", "卢布"),
    "α": ("alpha", "阿尔法"), "β": ("beta", "贝塔"), "γ": ("gamma", "伽马"),
    "δ": ("delta", "德尔塔"), "Δ": ("delta", "德尔塔"), "ε": ("epsilon", "艾普西隆"),
    "θ": ("theta", "西塔"),
    "λ": ("lambda", "兰姆达"), "μ": ("mu", "缪"), "π": ("pi", "派"), "σ": ("sigma", "西格玛"),
    "Σ": ("sigma", "西格玛"), "φ": ("phi", "斐"), "ω": ("omega", "欧米伽"),
    "Ω": ("omega", "欧米伽"),
}  # fmt: skip

# Measure words before which 2 is 两.
MEASURES = (
    "个只条张位次天年件块斤倍种名人家本部台辆岁周星点元米克升吨层间座颗棵头匹杯瓶碗双对套份篇首句段步圈"
    "门场排组队支枝把袋盒箱包片粒滴口所股笔万千亿公小分英美欧港磅多余"
)
