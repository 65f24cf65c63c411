"""python -m sandbox --port 8090 --home DIR [--receipts-url URL] …"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from pathlib import Path

from sandbox.receipts import WAYS, ReceiptSettings
from sandbox.reports import AppSettings
from sandbox.server import PortTaken, Settings, run


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="A stand-in for FCM, APNs, Vonage and a mail server."
    )
    parser.add_argument("--home", type=Path, required=True, help="folder for sandbox.json and the certificates")
    parser.add_argument("--port", type=int, default=8090, help="plain HTTP; 0: any free one")
    parser.add_argument("--tls-port", type=int, help="TLS for APNs; default: the next one; 0: any free one")
    parser.add_argument("--smtp-port", type=int, help="the mail server; default: the second next one; 0: any free one")
    parser.add_argument(
        "--receipts-url", default="", help="where Vonage's receipts go when a request names no callback"
    )
    parser.add_argument("--receipts-way", choices=WAYS, default="post-json")
    parser.add_argument("--receipts-delay", type=float, default=0.5, help="seconds")
    parser.add_argument("--log-size", type=int, default=1_000_000, help="requests kept in memory")
    parser.add_argument("--log-file", action="store_true", help="also append every request to sandbox-log.jsonl")
    options = parser.parse_args()
    try:
        asyncio.run(run(_settings(options)))
    except (PortTaken, ValueError) as error:
        print(f"sandbox: {error}", file=sys.stderr)
        return 1
    return 0


def _settings(options: argparse.Namespace) -> Settings:
    receipts, app = ReceiptSettings(), AppSettings()
    receipts.change({"url": options.receipts_url, "way": options.receipts_way, "delay": options.receipts_delay})
    names = ("api_url", "client_id", "api_key", "project_id")
    given = {name: os.environ.get(f"SANDBOX_APP_{name.upper()}", "") for name in names}
    app.change({name: value for name, value in given.items() if value})
    return Settings(
        home=options.home,
        port=options.port,
        tls_port=options.tls_port,
        smtp_port=options.smtp_port,
        log_size=options.log_size,
        log_file=options.log_file,
        receipts=receipts,
        app=app,
    )


if __name__ == "__main__":
    sys.exit(main())
