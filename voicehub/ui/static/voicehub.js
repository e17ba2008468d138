// What the page needs beside Gradio: a player that queues parts as they are made, account forms,
// a countdown, and the choice of light or dark. No library, nothing fetched from elsewhere.
(() => {
  "use strict";

  const clock = (seconds) => {
    const whole = Math.max(0, Math.round(seconds || 0));
    return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
  };

  // One sound of one or more parts; it outlives the element, which the page may draw anew at any time.
  class Sound {
    constructor() {
      this.audio = new Audio();
      this.audio.preload = "metadata";
      this.parts = [];
      this.at = 0;
      this.loaded = null;
      this.open = false;
      this.starving = false;
      this.autoplayed = false;
      this.views = new Set();
      const draw = () => this.views.forEach((view) => view.draw());
      for (const name of ["play", "pause", "timeupdate", "loadedmetadata", "durationchange"]) {
        this.audio.addEventListener(name, draw);
      }
      this.audio.addEventListener("ended", () => this.next());
      this.audio.addEventListener("error", () => { this.failed = Boolean(this.loaded); draw(); });
    }

    set(parts, open) {
      this.parts = parts;
      this.open = open;
      if (this.starving && parts.length > this.at) { this.starving = false; this.play(); }
      if (this.starving && !open) { this.starving = false; this.rewind(); }
      if (!this.loaded && parts.length === 1 && !parts[0][1]) this.load();
    }

    load() {
      const part = this.parts[this.at];
      if (part && this.loaded !== part[0]) {
        this.failed = false;
        this.loaded = part[0];
        this.audio.src = part[0];
      }
      const after = this.parts[this.at + 1];
      if (after && this.ahead !== after[0]) { this.ahead = after[0]; fetch(after[0]).catch(() => {}); }
      return Boolean(part);
    }

    play() {
      Sound.playing?.pauseFor(this);
      Sound.playing = this;
      if (this.load()) this.audio.play().catch(() => {});
      else if (this.open) this.starving = true;
    }

    pauseFor(other) { if (other !== this) { this.starving = false; this.audio.pause(); } }

    toggle() {
      if (this.playing) { this.starving = false; this.audio.pause(); }
      else this.play();
      this.views.forEach((view) => view.draw());
    }

    get playing() { return this.starving || (!this.audio.paused && !this.audio.ended); }

    next() {
      this.at += 1;
      if (this.at < this.parts.length) this.play();
      else if (this.open) this.starving = true;
      else this.rewind();
      this.views.forEach((view) => view.draw());
    }

    rewind() { this.at = 0; this.loaded = null; this.audio.removeAttribute("src"); this.load(); }

    length(number) {
      const known = this.parts[number]?.[1];
      if (known) return known;
      return number === this.at && isFinite(this.audio.duration) ? this.audio.duration : 0;
    }

    get total() { return this.parts.reduce((sum, _, number) => sum + this.length(number), 0); }

    get position() {
      let before = 0;
      for (let number = 0; number < Math.min(this.at, this.parts.length); number += 1) before += this.length(number);
      return before + (this.loaded ? this.audio.currentTime || 0 : 0);
    }

    seek(seconds) {
      let number = 0;
      while (number < this.parts.length - 1 && seconds >= this.length(number)) {
        seconds -= this.length(number);
        number += 1;
      }
      const going = this.playing;
      this.at = number;
      this.starving = false;
      this.load();
      const jump = () => { this.audio.currentTime = seconds; };
      if (this.audio.readyState >= 1) jump();
      else this.audio.addEventListener("loadedmetadata", jump, { once: true });
      if (going) this.play();
    }
  }

  const sounds = new Map();
  const icons = {
    play: '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M8 5.5v13l11-6.5z"/></svg>',
    pause: '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7 5h3.6v14H7zM13.4 5H17v14h-3.6z"/></svg>',
  };

  // In a shadow of its own: what draws the page anew changes attributes and leaves the inside alone.
  const look = document.createElement("template");
  look.innerHTML = `<style>
    :host { display: flex; align-items: center; gap: 10px; min-height: 46px; margin: 6px 0 2px; }
    button { width: 42px; height: 42px; border-radius: 50%; border: 0; padding: 0; flex: none; cursor: pointer;
      display: grid; place-items: center; background: var(--vh-ink); color: var(--vh-card); }
    button:hover { background: var(--vh-accent); }
    button:disabled { opacity: 0.35; cursor: default; background: var(--vh-ink); }
    :focus-visible { outline: 2.5px solid var(--vh-accent); outline-offset: 2px; }
    svg { width: 21px; height: 21px; fill: currentColor; }
    .waiting { animation: wait 1s ease-in-out infinite alternate; }
    @keyframes wait { to { opacity: 0.5; } }
    input { flex: 1; min-width: 60px; appearance: none; -webkit-appearance: none; height: 6px; margin: 0;
      border-radius: 99px; cursor: pointer;
      background: linear-gradient(to right, var(--vh-accent) var(--done, 0%), var(--vh-line) var(--done, 0%)); }
    input::-webkit-slider-thumb { -webkit-appearance: none; width: 14px; height: 14px; border-radius: 50%;
      background: var(--vh-accent); }
    input::-moz-range-thumb { width: 14px; height: 14px; border: 0; border-radius: 50%; background: var(--vh-accent); }
    span { font-size: 0.85rem; color: var(--vh-soft); font-variant-numeric: tabular-nums; min-width: 5.4em; text-align: right; }
    @media (prefers-reduced-motion: reduce) { .waiting { animation: none; } }
  </style><button type="button"></button><input type="range" min="0" max="1000" value="0" step="1"><span></span>`;

  class Player extends HTMLElement {
    static observedAttributes = ["data-parts", "data-key", "data-open", "data-autoplay", "data-name"];

    constructor() {
      super();
      const root = this.attachShadow({ mode: "open" });
      root.append(look.content.cloneNode(true));
      [this.button, this.range, this.time] = ["button", "input", "span"].map((name) => root.querySelector(name));
      this.button.addEventListener("click", () => this.sound?.toggle());
      this.range.addEventListener("input", () => this.sound?.seek((this.range.value / 1000) * this.sound.total));
    }

    connectedCallback() { this.take(); }

    attributeChangedCallback() { if (this.isConnected) this.take(); }

    disconnectedCallback() { this.leave(); }

    take() {
      const parts = JSON.parse(this.dataset.parts || "[]");
      const key = this.dataset.key || parts[0]?.[0] || "";
      if (!sounds.has(key)) sounds.set(key, new Sound());
      if (this.sound !== sounds.get(key)) {
        this.leave();
        this.sound = sounds.get(key);
        this.sound.views.add(this);
      }
      this.sound.views.add(this);
      this.range.setAttribute("aria-label", this.dataset.seek || "");
      this.icon = null;
      this.sound.set(parts, "open" in this.dataset);
      if ("autoplay" in this.dataset && parts.length && !this.sound.autoplayed) {
        this.sound.autoplayed = true;
        this.sound.play();
      }
      this.draw();
    }

    leave() {
      const { sound } = this;
      sound?.views.delete(this);
      // The page may put a new element for the same sound in its place at once.
      setTimeout(() => { if (sound && !sound.views.size) { sound.starving = false; sound.audio.pause(); } }, 400);
    }

    draw() {
      const { sound } = this;
      const icon = sound.playing ? "pause" : "play";
      if (this.icon !== icon) {
        this.icon = icon;
        this.button.innerHTML = icons[icon];
        this.button.setAttribute("aria-label", `${this.dataset[icon] || ""} ${this.dataset.name || ""}`.trim());
      }
      const { total, position } = sound;
      const share = total ? Math.min(1, position / total) : 0;
      this.button.disabled = !sound.parts.length && !sound.open;
      this.range.disabled = !total;
      this.range.value = Math.round(share * 1000);
      this.range.style.setProperty("--done", `${share * 100}%`);
      this.range.setAttribute("aria-valuetext", `${clock(position)} / ${clock(total)}`);
      const text = `${clock(position)} / ${clock(total)}${sound.open ? "+" : ""}`;
      this.time.textContent = sound.failed ? this.dataset.failed || "" : text;
      this.button.classList.toggle("waiting", sound.starving);
    }
  }
  customElements.define("vh-player", Player);

  class Countdown extends HTMLElement {
    constructor() { super(); this.inside = this.attachShadow({ mode: "open" }); }
    connectedCallback() { this.tick(); this.timer = setInterval(() => this.tick(), 1000); }
    disconnectedCallback() { clearInterval(this.timer); }
    tick() {
      const left = (Date.parse(this.dataset.until) - Date.now()) / 1000;
      this.inside.textContent = left > 0 ? this.dataset.left.replace("{time}", clock(left)) : this.dataset.over;
      this.classList.toggle("vh-over", left <= 0);
    }
  }
  customElements.define("vh-countdown", Countdown);

  // Sends an account form; the server sets the cookie, so the page is loaded anew when it worked.
  const account = async (action, body) => {
    const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
    try {
      const answer = await fetch(`/account/${action}?lang=${language}`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(body || {}),
      });
      const said = await answer.json();
      if (answer.ok && said.receipt) return said.receipt;
      if (answer.ok) { location.reload(); return ""; }
      const text = document.createElement("p");
      text.textContent = said.message;
      return text.outerHTML;
    } catch {
      return document.documentElement.dataset.unreachable || "";
    }
  };

  // Some labels for screen readers Gradio says in English only; "{name}" in ours stands for any name.
  const labels = Object.entries(JSON.parse(document.getElementById("vh-labels")?.textContent || "{}"));
  const translate = (element) => {
    if (element.matches("label input[type=checkbox][title]")) { // Gradio's title is the value for programs
      const words = element.closest("label").textContent.trim();
      if (words && element.title !== words) element.title = words;
    }
    for (const attribute of ["aria-label", "title"]) {
      const said = element.getAttribute(attribute);
      for (const [theirs, ours] of said ? labels : []) {
        const [start, named] = theirs.split("{name}");
        if (named === undefined ? said !== theirs : !said.startsWith(start)) continue;
        element.setAttribute(attribute, ours.replace("{name}", said.slice(start.length)));
        break;
      }
    }
  };
  const translateAll = (root) => {
    translate(root);
    root.querySelectorAll("[aria-label], [title]").forEach(translate);
  };
  if (labels.length) {
    new MutationObserver((changes) => changes.forEach(({ type, target, addedNodes }) => {
      if (type === "attributes") translate(target);
      else addedNodes.forEach((node) => { if (node.nodeType === Node.ELEMENT_NODE) translateAll(node); });
    })).observe(document.documentElement, {
      subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label", "title"],
    });
    translateAll(document.documentElement);
  }

  const theme = (dark) => {
    document.body.classList.toggle("dark", dark);
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
  };
  const remembered = () => { try { return localStorage.getItem("voicehub_theme"); } catch { return null; } };
  const toggleTheme = () => {
    const dark = !document.body.classList.contains("dark");
    theme(dark);
    try { localStorage.setItem("voicehub_theme", dark ? "dark" : "light"); } catch { /* not remembered */ }
  };
  const applyTheme = () => { if (remembered()) theme(remembered() === "dark"); };
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-theme-switch]")) toggleTheme();
  });

  window.voicehub = { account, applyTheme };
})();
