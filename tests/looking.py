"""What can be seen to be wrong with a page: what sticks out, what is not translated, what has no name."""

import re

from playwright.sync_api import Page

# Elements that stick out of the window, unless something around them scrolls or hides what does.
_STICKING_OUT = """() => {
  const width = document.documentElement.clientWidth;
  const kept = (element) => {
    for (let each = element.parentElement; each && each !== document.body; each = each.parentElement) {
      if (getComputedStyle(each).overflowX !== 'visible') return true;
    }
    return false;
  };
  const found = [...document.body.querySelectorAll('*')].filter((element) => {
    const box = element.getBoundingClientRect();
    return element.checkVisibility() && box.width && box.right > width + 1 && !kept(element);
  });
  const all = document.documentElement.scrollWidth - width;
  return [...(all > 0 ? [`the page by ${all}`] : []), ...found.map((each) => each.outerHTML.slice(0, 200))];
}"""
# Everything that is read or read out: text, and attributes with words in them.
_WORDS = """() => {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const inside = node.parentElement;
    if (inside.closest('script, style, [lang]:not(body):not(html)') || !inside.checkVisibility()) continue;
    if (node.textContent.trim()) found.push(node.textContent.trim());
  }
  for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-name', 'data-play', 'data-failed']) {
    for (const element of document.querySelectorAll(`[${name}]`)) {
      if (element.checkVisibility()) found.push(element.getAttribute(name));
    }
  }
  return found.filter((text) => text.trim());
}"""
_NAMELESS = """() => [...document.querySelectorAll('button, a[href], input:not([type=hidden]), textarea, select')]
  .filter((element) => element.checkVisibility() && !element.closest('[aria-hidden=true]'))
  .filter((element) => !(element.innerText || '').trim() && !element.getAttribute('aria-label')
    && !element.getAttribute('title') && !element.getAttribute('aria-labelledby')
    && ![...(element.labels || [])].some((label) => label.innerText.trim()))
  .map((element) => element.outerHTML.slice(0, 200))"""
# What is the same in every language: names, formats, units, numbers.
_NAMES = re.compile(
    r"VoiceHub|WAV|MP3|FLAC|Ogg|zip|ZIP|JSON|AIGC|C2PA|UTC|English|中文|Hugging Face|DNSMOS|"
    r"LibriSpeech|CC BY 4\.0|F0|MFCC|Mel|"
    r"\b(?:v\d+|[kM]B|k?Hz|dB|ms|s)\b"
)
_LETTERS = {"zh": re.compile(r"[A-Za-z]{2,}"), "en": re.compile(r"[\u3400-\u9fff]")}
_KEY = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")


def sticking_out(page: Page) -> list[str]:
    """Return what is wider than the window, as markup."""
    return list(page.evaluate(_STICKING_OUT))


def nameless(page: Page) -> list[str]:
    """Return what can be pressed or filled in but says nothing to who cannot see it, as markup."""
    return list(page.evaluate(_NAMELESS))


def untranslated(page: Page, language: str, given: tuple[str, ...] = ()) -> list[str]:
    """Return visible text in another language than the page's, and keys of the catalogue.

    ``given`` is what visitors wrote themselves; parts of the page marked as another language count not.
    """
    found = []
    for text in dict.fromkeys(page.evaluate(_WORDS)):
        rest = text
        for each in given:
            rest = rest.replace(each, "")
        rest = _NAMES.sub("", rest)
        if _LETTERS[language].search(rest) or _KEY.search(rest):
            found.append(text)
    return found
