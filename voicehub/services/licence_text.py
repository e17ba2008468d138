"""The words of a licence: made of its terms, versioned, and kept with their hash when accepted."""

import hashlib

from voicehub.store.ledger import money
from voicehub.store.market_records import UNIT_CHARACTERS, Listing

TEXT_VERSION = "1"


def licence_text(listing: Listing, language: str) -> str:
    """Return the words of a listing's licence in the language of who accepts it."""
    return "\n".join(_chinese(listing) if language == "zh" else _english(listing))


def text_sha256(text: str) -> str:
    """Return the hash that an accepted licence is kept with."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _english(listing: Listing) -> list[str]:
    terms = listing.terms
    lines = [
        f"Licence for the voice “{listing.name}” (listing {listing.id}), text {TEXT_VERSION}.",
        f"Tier: {listing.tier}. " + _ENGLISH_USE[terms["commercial"]],
        f"Allowed uses: {', '.join(terms['cases'])}.",
    ]
    if terms["attribution"]:
        lines.append(f"Name the voice where the speech is heard: “Voice: {listing.name}”.")
    if terms["days"]:
        lines.append(f"The licence lasts {terms['days']} days.")
    if terms["max_characters"]:
        lines.append(f"It covers {terms['max_characters']:,} characters.")
    price = {
        "free": "It costs nothing.",
        "licence": f"It costs {money(listing.price)} demo credits, once.",
        "characters": f"It costs {money(listing.price)} demo credits for {UNIT_CHARACTERS:,} characters; "
        "a second of converted speech counts as 15 characters.",
    }  # fmt: skip
    return [
        *lines,
        price[listing.pricing],
        "You may not pass the speech off as the word of the person whose voice it is, "
        "remove its marks, or train a model on it.",
        f"If the voice is withdrawn you may go on for {listing.notice_days} days; if its owner "
        "takes the consent back, the right to make speech ends at once.",
    ]


def _chinese(listing: Listing) -> list[str]:
    terms = listing.terms
    lines = [
        f"声音“{listing.name}”的使用许可（编号 {listing.id}），文本版本 {TEXT_VERSION}。",
        f"许可类别：{_TIERS[listing.tier]}。" + _CHINESE_USE[terms["commercial"]],
        f"允许的用途：{'、'.join(_CASES[case] for case in terms['cases'])}。",
    ]
    if terms["attribution"]:
        lines.append(f"使用时须注明：“声音：{listing.name}”。")
    if terms["days"]:
        lines.append(f"许可有效期为 {terms['days']} 天。")
    if terms["max_characters"]:
        lines.append(f"最多可合成 {terms['max_characters']:,} 个字符。")
    price = {
        "free": "免费。",
        "licence": f"一次性支付 {money(listing.price)} 演示积分。",
        "characters": f"每 {UNIT_CHARACTERS:,} 个字符 {money(listing.price)} 演示积分；"
        "每转换一秒语音按 15 个字符计。",
    }  # fmt: skip
    return [
        *lines,
        price[listing.pricing],
        "不得把合成语音冒充声音主人本人的言论，不得去除其标识，不得用它训练模型。",
        f"声音下架后您还可继续使用 {listing.notice_days} 天；若声音主人撤回同意，合成的权利立即终止。",
    ]


_ENGLISH_USE = {
    True: "Commercial use is allowed.",
    False: "Personal use only; nothing may be sold or advertised with it.",
}
_CHINESE_USE = {True: "允许商业使用。", False: "仅限个人使用，不得用于销售或广告。"}
_TIERS = {"personal": "个人", "commercial": "商业", "custom": "自定义"}
_CASES = {
    "narration": "旁白", "audiobook": "有声书", "education": "教育", "news": "新闻", "video": "视频",
    "game": "游戏", "assistant": "语音助手", "customer-service": "客服", "meditation": "冥想",
}  # fmt: skip
