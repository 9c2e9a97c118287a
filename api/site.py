"""What both applications are made of: the parts a page needs, the routes every application has, and its notices."""

from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles

from api.brand import style_sheet
from api.pages import STATIC, Pages
from settings import Settings
from store.database import Database

READ = ["GET", "HEAD"]
"""Pages answer HEAD as they answer GET: mail gateways look at links that way."""


@dataclass(frozen=True, slots=True)
class Site:
    """What a page needs: the settings, the database, and how pages of this application look."""

    settings: Settings
    database: Database
    pages: Pages


def site_of(request: Request) -> Site:
    """The site a request came to."""
    site: Site = request.app.state.site
    return site


class KeptFiles(StaticFiles):
    """Static files that browsers may keep for ever: their address changes with their content."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """The file with its header."""
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


NOTICES = {404: "not_found", 405: "wrong_method", 413: "too_large"}


async def _refused(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return site_of(request).pages.notice(request, status, NOTICES.get(status, "failed"))


async def _failed(request: Request, _error: Exception) -> Response:
    return site_of(request).pages.notice(request, 500, "failed")


async def _brand_style(request: Request) -> Response:
    settings = site_of(request).settings
    return Response(style_sheet(settings), media_type="text/css", headers={"Cache-Control": KEPT})


async def _brand_logo(request: Request) -> Response:
    settings = site_of(request).settings
    if settings.city_logo is None:
        raise HTTPException(404)
    # An SVG can hold a script; as the source of an image it runs none, and opened by itself neither.
    headers = {
        "Cache-Control": KEPT,
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    return FileResponse(settings.city_logo, headers=headers)


async def _accessibility(request: Request) -> Response:
    pages = site_of(request).pages
    return pages.page(request, "accessibility.html", pages.language(request))


BRAND = {"/brand.css": _brand_style, "/brand/logo": _brand_logo}
KEPT = "public, max-age=3600"


async def _health(request: Request) -> Response:
    try:
        async with site_of(request).database.reading() as session:
            await session.execute(text("select 1"))
    except (SQLAlchemyError, OSError):
        return JSONResponse({"status": "no database"}, 503)
    return JSONResponse({"status": "ok"})


def application(site: Site) -> FastAPI:
    """An application with its static files, `/health` and notices, but without pages yet."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.site = site
    app.mount("/static", KeptFiles(directory=STATIC))
    app.add_api_route("/health", _health, methods=READ)
    app.add_api_route("/accessibility", _accessibility, methods=READ)
    for address, show in BRAND.items():
        app.add_api_route(address, show, methods=READ)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(Exception, _failed)
    return app
