"""How this installation reaches Temporal: the SDK's own configuration, our data converter."""

import asyncio
import logging
import os

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.runtime import Runtime

from settings import Settings

log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0


async def connect(settings: Settings, runtime: Runtime | None = None) -> Client:
    """A client for the address in the settings; everything else (TLS, API key, ...) as the SDK reads it.

    `runtime` None: the SDK's own.

    Raises:
        RuntimeError: there is no server at the address.

    """
    config = ClientConfig.load_client_connect_config(
        override_env_vars={
            **os.environ,
            "TEMPORAL_ADDRESS": settings.temporal_address,
            "TEMPORAL_NAMESPACE": settings.temporal_namespace,
        }
    )
    return await Client.connect(**config, data_converter=pydantic_data_converter, runtime=runtime)


async def connect_when_there(
    settings: Settings, stopping: asyncio.Event, runtime: Runtime | None = None
) -> Client | None:
    """Try until the server answers; None when asked to stop before it did."""
    told = False
    while not stopping.is_set():
        try:
            return await connect(settings, runtime)
        except RuntimeError as fault:
            if not told:
                log.warning("Waiting for Temporal at %s: %s", settings.temporal_address, fault)
                told = True
        try:
            await asyncio.wait_for(stopping.wait(), RETRY_SECONDS)
        except TimeoutError:
            continue
    return None
