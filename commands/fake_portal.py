"""A European portal of our own, to look at and to try faults with."""

import asyncio
import os
import signal

import click

from commands.shared import counted, now, run
from models.contracts.refusal import Refused


@click.command("fake-portal")
@click.option("--calls", type=click.IntRange(0, 20_000), default=40, show_default=True, help="How many it lists.")
@click.option("--fault", "faults", multiple=True, metavar="NAME", help="Switch a fault on; `--fault list` names them.")
@click.option("--port", type=click.IntRange(0, 65535), default=8099, show_default=True, help="0 takes a free one.")
def fake_portal_command(calls: int, faults: tuple[str, ...], port: int) -> None:
    """Serve invented calls as the Union's portal does, until it is stopped."""
    from embedded.fake_portal import FAULTS, FakePortal, open_fake_portal

    if "list" in faults:
        for name, does in FAULTS.items():
            click.echo(f"{name:<18}{does}")
        return
    if unknown := set(faults) - set(FAULTS):
        raise Refused(f"There is no fault {', '.join(sorted(unknown))}: `--fault list` names those there are.")

    async def work() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        portal = FakePortal.invented(calls, now().date(), faults)
        try:
            async with open_fake_portal(portal, port=port) as address:
                click.echo(f"{counted(len(portal.rows), 'call')} at {address}")
                click.echo(f"In another window: FOCAL_CALLS_PORTAL_ADDRESS={address} focal calls sync")
                await stop.wait()
        except OSError as fault:
            why = os.strerror(fault.errno or 0)
            raise Refused(f"The fake portal cannot listen on port {port}: {why}. Use --port.") from fault

    run(work())
