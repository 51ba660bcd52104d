"""`sacbe sandbox`: samples of operations, for whoever tries them out.

Arguments and answers are read from a file or standard input: a person's number has no place in a shell's history.
"""

from typing import Any, BinaryIO

import click
import msgspec
from msgspec import UNSET

from sacbe.cli.identifiers import OPERATION
from sacbe.cli.telling import as_json, report
from sacbe.cli.visit import in_house
from sacbe.house import House
from sacbe_terms.identifiers import OperationId
from sacbe_xroad_like.administration import sampling
from sacbe_xroad_like.administration.sampling import Made
from sacbe_xroad_like.sandbox import samples
from sacbe_xroad_like.sandbox.samples import Sample

FILE_BYTES_MAX = 8 * 1024 * 1024
"""No more of a file, or of standard input, is read."""


@click.group()
def sandbox() -> None:
    """Keep samples that `Sacbe-Sandbox: 1` answers with. Every value in them is made up."""


@sandbox.command()
@click.argument("operation", type=OPERATION)
@click.option("--arguments", type=click.File("rb"), help="JSON object with what the system is asked; - for input.")
@click.option("--answer", type=click.File("rb"), help="JSON of an answer; the system is not asked then.")
@click.option("--keep", multiple=True, help="A place of that answer that stays as it is: municipio/nombre.")
@as_json
def record(
    operation: OperationId, arguments: BinaryIO | None, answer: BinaryIO | None, keep: tuple[str, ...], as_json: bool
) -> None:
    """Make the sample of OPERATION from what its system answers, or from a file, with other values throughout."""
    if arguments is not None and answer is not None:
        raise click.UsageError("Give --arguments to have the system asked, or --answer, not both.")
    made = Made(
        answer=UNSET if answer is None else _read(answer, object),
        arguments={} if arguments is None else _read(arguments, dict[str, object]),
        keep=keep,
    )

    async def work(house: House) -> Sample:
        return (await sampling.record(house.desk, operation, made)).value

    _report(in_house(work), as_json=as_json)


@sandbox.command()
@click.argument("operation", type=OPERATION)
@as_json
def show(operation: OperationId, as_json: bool) -> None:
    """Show the sample of OPERATION."""

    async def work(house: House) -> Sample:
        return await samples.of(house.engine, operation)

    _report(in_house(work), as_json=as_json)


@sandbox.command()
@click.argument("operation", type=OPERATION)
def remove(operation: OperationId) -> None:
    """Remove the sample of OPERATION: the sandbox answers it no more."""

    async def work(house: House) -> None:
        await sampling.remove(house.desk, operation)

    in_house(work)
    click.echo(f"Removed the sample of {operation}.")


def _read(file: BinaryIO, kind: Any) -> Any:
    content = file.read(FILE_BYTES_MAX + 1)
    if len(content) > FILE_BYTES_MAX:
        raise click.UsageError(f"{file.name} is larger than {FILE_BYTES_MAX} bytes.")
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file.name} is not the JSON that is expected: {error}.") from error


def _report(sample: Sample, *, as_json: bool) -> None:
    value = {
        "operation": str(sample.operation),
        "recordedAt": sample.recorded_at,
        "recordedBy": sample.recorded_by,
        "sample": sample.value,
    }
    report(value, as_json=as_json, say=lambda: _say(sample))


def _say(sample: Sample) -> None:
    by = f" by {sample.recorded_by}" if sample.recorded_by else ""
    click.echo(f"Sample of {sample.operation}, made {sample.recorded_at:%Y-%m-%d %H:%M}{by}:")
    click.echo(msgspec.json.format(msgspec.json.encode(sample.value), indent=2).decode())
