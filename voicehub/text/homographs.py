"""English words whose reading depends on the words around them."""

from voicehub.text.vocabulary import words

_DETERMINERS = words(
    "a an the this that these those my your his her its our their no any some each every another "
    "new old first second last of"
)
_BEFORE_VERB = words(
    "to will would can could shall should may might must not i we you they who don't didn't won't "
    "can't couldn't wouldn't please let's"
)
_PERFECT = words(
    "have has had i've you've we've they've he's she's it's was were been be is are am already "
    "being having widely well never just"
)

# word: (reading as noun or adjective, reading as verb)
_NOUN_OR_VERB = {
    "record": ("R EH1 K ER0 D", "R AH0 K AO1 R D"),
    "records": ("R EH1 K ER0 D Z", "R AH0 K AO1 R D Z"),
    "present": ("P R EH1 Z AH0 N T", "P R IY0 Z EH1 N T"),
    "object": ("AA1 B JH EH0 K T", "AH0 B JH EH1 K T"),
    "objects": ("AA1 B JH EH0 K T S", "AH0 B JH EH1 K T S"),
    "project": ("P R AA1 JH EH0 K T", "P R AH0 JH EH1 K T"),
    "produce": ("P R OW1 D UW0 S", "P R AH0 D UW1 S"),
    "contract": ("K AA1 N T R AE2 K T", "K AH0 N T R AE1 K T"),
    "permit": ("P ER1 M IH2 T", "P ER0 M IH1 T"),
    "conduct": ("K AA1 N D AH0 K T", "K AH0 N D AH1 K T"),
    "increase": ("IH1 N K R IY2 S", "IH0 N K R IY1 S"),
    "decrease": ("D IY1 K R IY2 S", "D IH0 K R IY1 S"),
    "content": ("K AA1 N T EH0 N T", "K AH0 N T EH1 N T"),
    "conflict": ("K AA1 N F L IH0 K T", "K AH0 N F L IH1 K T"),
    "protest": ("P R OW1 T EH2 S T", "P R AH0 T EH1 S T"),
    "refuse": ("R EH1 F Y UW2 Z", "R AH0 F Y UW1 Z"),
    "desert": ("D EH1 Z ER0 T", "D IH0 Z ER1 T"),
    "rebel": ("R EH1 B AH0 L", "R IH0 B EH1 L"),
    "suspect": ("S AH1 S P EH2 K T", "S AH0 S P EH1 K T"),
    "use": ("Y UW1 S", "Y UW1 Z"),
    "excuse": ("IH0 K S K Y UW1 S", "IH0 K S K Y UW1 Z"),
    "abuse": ("AH0 B Y UW1 S", "AH0 B Y UW1 Z"),
    "house": ("HH AW1 S", "HH AW1 Z"),
    "wind": ("W IH1 N D", "W AY1 N D"),
    "wound": ("W UW1 N D", "W AW1 N D"),
    "close": ("K L OW1 S", "K L OW1 Z"),
    "separate": ("S EH1 P ER0 IH0 T", "S EH1 P ER0 EY2 T"),
    "estimate": ("EH1 S T AH0 M AH0 T", "EH1 S T AH0 M EY2 T"),
}
# Taken as verbs where neither neighbour decides; the rest are taken as nouns.
_MOSTLY_VERBS = frozenset({"produce", "use", "refuse", "permit", "increase", "suspect", "close"})
_MASS_BEFORE = frozenset({"much", "very", "so", "too", "in", "at", "for", "with", "by", "more"})
_LIVE_THINGS = words(
    "music show shows stream streams streaming broadcast broadcasts concert concerts performance "
    "audience television tv video videos event events wire coverage recording album"
)
_METAL = words("pipe pipes paint poisoning bullet bullets acid lined")


def homograph(word: str, before: str, after: str) -> str | None:
    """Return the ARPAbet of an ambiguous word between its neighbours, None for any other word."""
    if word in _NOUN_OR_VERB:
        noun, verb = _NOUN_OR_VERB[word]
        return verb if _is_verb(word, before, after) else noun
    if word == "read":
        return "R EH1 D" if before in _PERFECT else "R IY1 D"
    if word == "lead":
        return "L EH1 D" if after in _METAL else "L IY1 D"
    if word == "live":
        adjective = after in _LIVE_THINGS or before in ("go", "going", "went", "broadcast")
        return "L AY1 V" if adjective else "L IH1 V"
    if word == "lives":
        plural = before in _DETERMINERS | {"many", "lost", "human", "people's", "save", "both"}
        return "L AY1 V Z" if plural else "L IH1 V Z"
    if word == "used" and after == "to":
        return "Y UW1 S T"
    return None


def _is_verb(word: str, before: str, after: str) -> bool:
    if before in _BEFORE_VERB:
        return True
    if before in _DETERMINERS or before in _MASS_BEFORE:
        return False
    return word in _MOSTLY_VERBS and after != "of" and not (word == "close" and after == "to")
