"""The commands that take voices elsewhere and back: publish, pull, withdraw."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voicehub.cli.console import Answer, add_base_options, progress_from, runtime_from
from voicehub.errors import InputError

if TYPE_CHECKING:
    from voicehub.store.hub_records import Delivery

_PUBLISH_DESCRIPTION = """\
Upload a voice with its card, previews and signed manifest: to the Hugging Face Hub (--hub, with
the token of `hf auth login` or HF_TOKEN), or to the registry on this disk (--registry).

A repository is private; --gated lets everybody see the card and ask for access. What was begun
and not ended is carried on by the workers, or by giving the same command again.
"""
_PULL_DESCRIPTION = """\
Take in a voice that was published, after checking hashes, shapes, base checkpoint, the hash of
the consent and the signature. The key of each owner is remembered from the first time on.

The voice can be used as long as it is offered: --check removes those that no longer are.
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the commands of this group."""
    publish = commands.add_parser(
        "publish",
        parents=[common],
        help="upload a voice to a hub",
        description=_PUBLISH_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    publish.add_argument("voice", metavar="VOICE", help="name or identifier")
    place = publish.add_mutually_exclusive_group(required=True)
    place.add_argument("--hub", metavar="OWNER/NAME", help="a repository of the Hugging Face Hub")
    place.add_argument("--registry", metavar="OWNER/NAME", help="a place in the local registry")
    publish.add_argument("--gated", action="store_true", help="visible, with access on request")
    publish.add_argument("--licence", metavar="TEXT", help="under which others may use it")
    add_base_options(publish)
    publish.set_defaults(run=_publish)

    pull = commands.add_parser(
        "pull",
        parents=[common],
        help="take in a voice that was published",
        description=_PULL_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    pull.add_argument("repo", nargs="?", metavar="OWNER/NAME")
    pull.add_argument("--registry", type=Path, nargs="?", const=Path(), metavar="FOLDER",
                      help="from the registry on this disk, or from one in FOLDER")  # fmt: skip
    pull.add_argument(
        "--revision", metavar="TAG", help="a version, such as v2; default: the newest"
    )
    pull.add_argument("--name", help="what to call it here; default: as it is called there")
    pull.add_argument("--accept-key", action="store_true",
                      help="take it although its owner signed with another key before")  # fmt: skip
    pull.add_argument("--check", action="store_true",
                      help="remove pulled voices that are no longer offered")  # fmt: skip
    add_base_options(pull)
    pull.set_defaults(run=_pull)

    words = "erase a voice everywhere it was published; here it stays"
    withdraw = commands.add_parser("withdraw", parents=[common], help=words, description=words)
    withdraw.add_argument("voice", metavar="VOICE", help="name or identifier")
    withdraw.set_defaults(run=_withdraw)


def _publish(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.hub import HubService
    from voicehub.services.shelves import OWN_REGISTRY, hub_address

    runtime = runtime_from(arguments)
    service, progress = HubService(runtime), progress_from(arguments)
    repo = arguments.hub or arguments.registry
    delivery = service.publish(
        runtime.operator, arguments.voice, repo, hub_address() if arguments.hub else OWN_REGISTRY,
        "gated" if arguments.gated else "private", arguments.licence,
    )  # fmt: skip
    progress.say("packing and sending")
    (done,) = service.work_off([delivery])
    text = f"{done.repo} holds {arguments.voice} as {done.tag}, revision {done.revision}"
    return Answer(_data(done), f"{text}\ntry: voicehub pull {done.repo}")


def _pull(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.library import as_dict
    from voicehub.services.pulling import PullService
    from voicehub.services.shelves import OWN_REGISTRY, hub_address, registry_address

    runtime = runtime_from(arguments)
    service = PullService(runtime)
    if arguments.check:
        gone = service.check_pulled()
        return Answer(
            {"gone": gone}, f"no longer offered, and removed: {', '.join(gone) or 'none'}"
        )
    if arguments.repo is None:
        raise InputError("name what to pull as OWNER/NAME, or give --check")
    address = hub_address()
    if arguments.registry is not None:
        own = arguments.registry == Path()
        address = OWN_REGISTRY if own else registry_address(arguments.registry)
    voice = service.pull(
        runtime.operator, arguments.repo, address, arguments.revision, arguments.name,
        arguments.accept_key,
    )  # fmt: skip
    consent = runtime.store.consent(voice.consent_id)
    data = as_dict(voice) | {"licence": consent.licence, "basis": consent.attribution}
    text = (
        f'{voice.name} is here, {consent.attribution}\ntry: voicehub speak "{voice.name}" "Hello."'
    )
    return Answer(data, text)


def _withdraw(arguments: argparse.Namespace) -> Answer:
    from voicehub.services.hub import HubService

    runtime = runtime_from(arguments)
    service = HubService(runtime)
    done = service.work_off(service.withdraw(runtime.operator, arguments.voice))
    repos = ", ".join(each.repo for each in done)
    return Answer(
        {"withdrawn": [_data(each) for each in done]}, f"erased with its history: {repos}"
    )


def _data(delivery: "Delivery") -> dict[str, Any]:
    return {
        "repo": delivery.repo,
        "endpoint": delivery.endpoint,
        "revision": delivery.revision,
        "tag": delivery.tag,
        "manifest_sha256": delivery.manifest_sha256,
    }
