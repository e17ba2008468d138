"""The guided demo: one click, and the whole path is shown and told with a bundled speaker."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from voicehub.ui.job_view import Seen, curves, job_file, samples, status
from voicehub.ui.live import TUNING_SECONDS, VoicePanel, redraw
from voicehub.ui.markup import Markup, join, tag
from voicehub.ui.pieces import block, made_player, picture, player
from voicehub.ui.strings import quality_sentence

# The scenes in their order; the job says with an event of kind "scene" which one begins.
SCENES = ("consent", "samples", "preview", "tuning", "speak", "convert", "score")


class GuideTab(VoicePanel):
    """What VoiceHub does, in about two minutes, without a microphone."""

    kind = "demo"
    look_seconds = TUNING_SECONDS

    def build(self) -> None:
        """Lay out the tab."""
        say = self.desk.say
        with gr.Column(elem_classes="vh-narrow"):
            block(tag("h2", say("guide_title")) + tag("p", say("guide_intro"), class_="vh-soft"))
            with gr.Row():
                self.go = gr.Button(say("guide_start"), variant="primary", size="lg")
                self.stop = gr.Button(say("stop_guide"), variant="secondary", visible=False)
            self.state = block(min_height=50)
            self.scenes = block(self._timeline(None))
        self.build_watch()

    @property
    def filled(self) -> list[Any]:
        """What a look at the job fills."""
        return [self.state, self.scenes, self.go, self.stop]

    def wire(self, news: gr.State) -> None:
        """Wire the tab; the voice that the demo makes is news to the other tabs."""
        self.go.click(self.start, None, self.entered, api_name="guided_demo", show_progress="minimal",
                      show_progress_on=self.state)  # fmt: skip
        self.wire_voice(news, "guided_demo_progress")
        self.wire_end(self.stop, "stop_guided_demo")

    def start(self, request: gr.Request) -> list[Any]:
        """Begin the demo."""
        desk = self.desk
        with desk.sentences():
            user = desk.acting(request, "demo")
            return self.begun(user, desk.services.studio.guided_demo(user))

    def draw(self, seen: Seen, drawn: Sequence[int]) -> tuple[list[Any], tuple[int, ...]]:
        """Return the scene that goes on, and those before it."""
        fresh, marks = redraw((status(self.desk, seen), self._timeline(seen)), drawn)
        go = gr.Button(visible=not seen.active)
        stop = gr.Button(visible=seen.active, interactive=not seen.view.job.cancel_requested)
        return [*fresh, go, stop], marks

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
