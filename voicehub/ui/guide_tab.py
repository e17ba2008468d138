"""The guided demo: one click, and the whole path is shown and told with a bundled speaker."""

from typing import Any

import gradio as gr

from voicehub.ui.desk import Desk
from voicehub.ui.job_view import Seen, curves, job_file, samples, status
from voicehub.ui.live import TUNING_SECONDS, look, newest_active, redraw, watch
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import block, made_player, picture, player
from voicehub.ui.strings import quality_sentence

# The scenes in their order; the job says with an event of kind "scene" which one begins.
SCENES = ("consent", "samples", "preview", "tuning", "speak", "convert", "score")


class GuideTab:
    """What VoiceHub does, in about two minutes, without a microphone."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def build(self) -> None:
        """Lay out the tab."""
        say = self.desk.say
        with gr.Column(elem_classes="vh-narrow"):
            block(tag("h2", say("guide_title")) + tag("p", say("guide_intro"), class_="vh-soft"))
            with gr.Row():
                self.go = gr.Button(say("guide_start"), variant="primary", size="lg")
                self.stop = gr.Button(say("stop_guide"), variant="secondary", visible=False)
            self.state = block(min_height=50)
        self.scenes = block(self._timeline(None), elem_classes="vh-narrow")
        self.job_id, self.drawn = gr.State(""), gr.State(())
        self.timer = gr.Timer(TUNING_SECONDS, active=False)

    @property
    def shown(self) -> list[Any]:
        """What a look at the job fills, in the order of `_parts`."""
        return [self.state, self.scenes, self.go, self.stop, self.drawn, self.timer]

    @property
    def entered(self) -> list[Any]:
        """What `enter` fills."""
        return [self.job_id, *self.shown]

    def wire(self, news: gr.State) -> None:
        """Wire the tab; the voice that the demo makes is news to the other tabs."""
        self.go.click(self.start, None, self.entered, api_name="guided_demo", show_progress="minimal",
                      show_progress_on=self.state)  # fmt: skip
        self.timer.tick(
            self.look, [self.job_id, self.drawn, news], [*self.shown, news], queue=False,
            api_name="guided_demo_progress", show_progress="hidden",
        )  # fmt: skip
        self.stop.click(self.end, self.job_id, self.stop, queue=False, api_name="stop_guided_demo")

    def enter(self, request: gr.Request) -> list[Any]:
        """Return the demo that goes on."""
        with self.desk.sentences():
            running = newest_active(self.desk, self.desk.known(request), "demo")
            if running is not None:
                return [running.view.job.id, *self._parts(running, ())]
        return ["", *[gr.skip()] * (len(self.shown))]

    def start(self, request: gr.Request) -> list[Any]:
        """Begin the demo."""
        desk = self.desk
        with desk.sentences():
            user = desk.acting(request, "demo")
            job = desk.services.studio.guided_demo(user)
            seen = look(desk, user, job.id)
            assert seen is not None
            return [job.id, *self._parts(seen, ())]

    def look(self, job_id: str, drawn: Any, news: int, request: gr.Request) -> list[Any]:
        """Return the scene that goes on, and those before it."""

        def draw(seen: Seen) -> list[Any]:
            return [*self._parts(seen, drawn), gr.skip() if seen.active else news + 1]

        idle = [gr.skip()] * (len(self.shown) - 1) + [gr.Timer(active=False), gr.skip()]
        return watch(self.desk, request, job_id, idle, draw)

    def end(self, job_id: str, request: gr.Request) -> Any:
        """Stop the demo."""
        desk = self.desk
        with desk.sentences():
            desk.needed(job_id, "need_job")
            desk.services.studio.cancel(desk.acting(request, "stop"), job_id)
        return gr.Button(interactive=False)

    def _parts(self, seen: Seen, drawn: Any) -> list[Any]:
        fresh, marks = redraw((status(self.desk, seen), self._timeline(seen)), drawn)
        return [
            *fresh,
            gr.Button(visible=not seen.active),
            gr.Button(visible=seen.active, interactive=not seen.view.job.cancel_requested),
            marks,
            gr.Timer(active=seen.active),
        ]

    def _timeline(self, seen: Seen | None) -> Markup:
        """Return what happens, scene by scene, with what there is to hear and to see in each."""
        say = self.desk.say
        begun = {str(each["name"]): each for each in seen.of("scene")} if seen else {}
        at = list(begun)[-1] if begun and seen is not None and seen.active else ""
        items = []
        for scene in SCENES:
            mark = "vh-now" if scene == at else "vh-done" if scene in begun else None
            brought = self._brought(seen, begun[scene]) if seen and scene in begun else None
            items.append(
                tag(
                    "li", tag("h3", say(f"scene_{scene}")), tag("p", say(f"scene_{scene}_told")),
                    brought, class_=mark, aria_current="step" if scene == at else None,
                )
            )  # fmt: skip
        return tag("ol", *items, class_="vh-timeline", aria_label=say("guide_title"))

    def _brought(self, seen: Seen, told: dict[str, Any]) -> Markup:
        """Return the sounds, pictures and figures of a scene."""
        say, scene = self.desk.say, str(told["name"])
        if scene == "tuning":
            charts = curves(self.desk, seen) if seen.of("score") else None
            return join(charts, samples(self.desk, seen) if seen.of("sample") else None)
        parts = [self._heard(seen, each) for each in seen.of("sound") if each["scene"] == scene]
        for each in seen.of("picture"):
            if each["scene"] == scene and each["language"] == self.desk.language:
                parts.append(picture(job_file(seen.view.job.id, each["file"]),
                                     say("picture_alt", name=say("recording"))))  # fmt: skip
        if scene == "samples":
            checks = told["quality"]["checks"]
            found = [tag("li", quality_sentence(check, self.desk.language)) for check in checks]
            parts.append(tag("ul", *found, class_="vh-found"))
        if scene == "score":
            figures = {
                "before": told["similarity_before"], "after": told["similarity"],
                "ceiling": told["ceiling"],
            }  # fmt: skip
            parts.append(tag("p", tag("strong", say("scene_similarity", **figures))))
        return join(*parts)

    def _heard(self, seen: Seen, sound: dict[str, Any]) -> Markup:
        file = str(sound["file"])
        named = {"source.wav": "before", "converted.wav": "after"}.get(file, "recording")
        name = str(sound.get("text") or self.desk.say(named))
        parts = [(job_file(seen.view.job.id, file), float(sound["seconds"]))]
        play = player if sound.get("natural") else made_player
        return tag("div", tag("span", name, class_="vh-small"), play(self.desk, parts, name),
                   class_="vh-heard")  # fmt: skip
