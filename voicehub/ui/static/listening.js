// The page of a listening test: ratings are kept in this browser until they are saved as a file.
"use strict";
(() => {
  const texts = JSON.parse(document.getElementById("texts").textContent);
  const store = `voicehub-listening-${texts.test}`;
  const pairs = [...document.querySelectorAll("fieldset")];
  let state = { test: texts.test, listener: "", answers: {} };
  try {
    state = { ...state, ...JSON.parse(localStorage.getItem(store) || "{}") };
  } catch { /* a browser that keeps nothing: the ratings live as long as the page */ }
  if (!state.listener) {
    state.listener = [...crypto.getRandomValues(new Uint8Array(6))].map((b) => b.toString(16).padStart(2, "0")).join("");
  }

  function show() {
    for (const pair of pairs) pair.classList.toggle("rated", pair.dataset.pair in state.answers);
    document.getElementById("progress").textContent = texts.progress
      .replace("{done}", Object.keys(state.answers).length).replace("{count}", pairs.length);
  }

  for (const pair of pairs) {
    const number = pair.dataset.pair;
    for (const input of pair.querySelectorAll("input")) {
      input.checked = state.answers[number] === Number(input.value);
      input.addEventListener("change", () => {
        state.answers[number] = Number(input.value);
        try { localStorage.setItem(store, JSON.stringify(state)); } catch { /* as above */ }
        show();
      });
    }
  }
  const players = [...document.querySelectorAll("audio")];
  for (const player of players) {
    player.addEventListener("play", () => players.forEach((other) => other !== player && other.pause()));
  }
  document.getElementById("save").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(state, null, 1)], { type: "application/json" }));
    link.download = `answers-${state.listener}.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  show();
})();
