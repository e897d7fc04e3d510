"""The web application: the doors every request passes, and the routes of both dialects."""

from aiohttp import web

from service.api.doors import authenticated, identified, in_words, named
from service.api.openapi import document
from service.api.services import SERVICES, UNDER_WAY, Services
from service.api.twilio import accounts, media, recordings, transcriptions
from service.api.v1 import (
    analytics,
    audio_fork,
    deliveries,
    event_stream,
    events,
    health,
    history,
    holds,
    integrity,
    links,
    media_stream,
    metrics,
    streams,
    switch,
    upload,
    waveform,
)
from service.api.v1 import recordings as started

LARGEST_BODY = 1024 * 1024


def build_app(services: Services) -> web.Application:
    app = web.Application(middlewares=[identified, in_words, authenticated], client_max_size=LARGEST_BODY)
    app[SERVICES] = services
    app[UNDER_WAY] = {}
    app[streams.SOCKETS] = set()
    app[streams.STRANGERS] = set()
    app[event_stream.READERS] = set()
    app.on_response_prepare.append(named)
    twilio = (accounts, recordings, media, transcriptions)
    audit = (events, event_stream, history, integrity)
    own = (switch, started, upload, media_stream, audio_fork, *audit, analytics, deliveries, holds, links, waveform)
    for room in (*twilio, *own, health, metrics, document):
        app.add_routes(room.ROUTES)
    return app
