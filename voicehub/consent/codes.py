"""The spoken code of a consent statement: four digits and two words that nobody can know before."""

import random
import secrets

# Short, common, told apart by ear, and read the same by everybody.
_WORDS = {
    "en": (
        "apple autumn basket bridge bright butter candle castle cherry circle cloud coffee copper "
        "corner cotton desert dinner dragon eagle engine falcon family feather fiddle flower "
        "forest garden ginger golden guitar hammer harbor hazel helmet honey island jacket jungle "
        "kettle kitchen ladder lantern lemon letter lily marble market meadow melon mirror "
        "morning mountain music needle night ocean olive orange orchard oyster paper parade "
        "pebble pencil pepper piano picnic pilot planet pocket puzzle rabbit rainbow river rocket "
        "saddle salmon silver spider spring squirrel summer sunset thunder ticket tiger timber "
        "tomato tulip tunnel turtle valley velvet violin walnut water whistle willow window winter "
        "wonder yellow zebra"
    ),
    "zh": (
        "白云 冰山 菜园 草原 茶杯 长城 窗户 春天 大海 灯塔 电影 东风 队伍 耳机 飞机 风筝 钢琴 高山 "
        "故事 海洋 河流 红叶 花园 火车 蝴蝶 吉他 家庭 金鱼 咖啡 空气 苦瓜 蓝天 篮球 老虎 雷雨 梨树 "
        "凉鞋 龙舟 绿茶 马路 满月 毛笔 棉花 明星 木桥 南瓜 牛奶 排球 苹果 葡萄 奇迹 铅笔 清晨 青蛙 "
        "秋天 热水 日出 森林 沙滩 山谷 狮子 石头 书包 水果 松树 太阳 桃花 田野 跳舞 铁路 兔子 晚饭 "
        "温泉 乌龟 西瓜 夏天 香蕉 小溪 星期 熊猫 雪花 音乐 樱桃 勇气 雨伞 月亮 云彩 早餐 竹林 钟楼"
    ),
}


_DIGITS = "23456789"  # not 0 and 1, which are read in more than one way (oh; yao)


def words_of_language(language: str) -> list[str]:
    """Return the words that a code in ``language`` (en or zh) is drawn from."""
    return _WORDS[language].split()


def new_code(language: str, source: random.Random | None = None) -> str:
    """Return a fresh code in ``language`` (en or zh), such as ``4 8 7 2 river lantern``.

    Chance is the system's, which nobody can foretell, unless a ``source`` is given.
    """
    source = source or secrets.SystemRandom()
    choice = words_of_language(language)
    digits = [source.choice(_DIGITS) for _ in range(4)]
    words = [source.choice(choice)]
    while len(words) < 2:
        word = source.choice(choice)
        if word not in words:
            words.append(word)
    if language == "zh":
        return "".join(digits) + "".join(words)
    return " ".join([*digits, *words])
