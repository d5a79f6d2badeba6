"""`make growth`: what breaks first at each power of ten, and what holds, by the simulation.

Prints the tables of `docs/growth.md` in Markdown.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace

from tests.growth.figures import Setup, Traffic
from tests.growth.gpus import GEMMA_270M, GPUS, tokens_s
from tests.growth.powers import CELL, POWERS, at_the_peak, cells, demand, setup_for
from tests.growth.simulation import Outcome, percentile

_PARTS = ("engine", "bot", "database", "proxy")
_DEMAND = (
    "respuestas al día",
    "por segundo en la punta",
    "tokens/s",
    "GB al día",
    "servidores",
    "shards",
    "hasta que están todos",
    "fuera de interacciones",
)
_OUTCOME = (
    "primera palabra",
    "respuesta",
    "rechazadas",
    "sin acuse",
    "motor",
    "bot",
    "base",
    "proxy",
)


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peak", type=float, default=Traffic(per_day=1).peak)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    _demands(options.peak)
    _powers(options.peak, options.seed)
    _fewer(options.peak, options.seed)
    _gpus()


def _demands(peak: float) -> None:
    _head(_DEMAND)
    for power in POWERS:
        asked = demand(Traffic(per_day=power, peak=peak))
        _row(
            _power(power),
            _number(asked.replies_s),
            _number(asked.tokens_s),
            _number(asked.gigabytes),
            _number(asked.guilds),
            str(asked.shards),
            f"{_number(asked.start_s)} s",
            f"{_number(asked.outside_s)}/s",
        )


def _powers(peak: float, seed: int) -> None:
    """Each power with what was enough for the one before, where it takes more, and with that."""
    _head(("respuestas al día", "con", *_OUTCOME))
    before: Setup | None = None
    for power in POWERS:
        count, share = cells(Traffic(per_day=power, peak=peak))
        setup = setup_for(share)
        if before not in (None, setup):
            _row(_power(power), _named(before), *_told(at_the_peak(before, share, seed)))
        times = f"{count} × " if count > 1 else ""
        told = _told(at_the_peak(setup, share, seed))
        _row(_power(power), f"{times}{_named(setup)}", *told)
        before = setup


def _fewer(peak: float, seed: int) -> None:
    """A cell with less of each part."""
    traffic = Traffic(per_day=CELL, peak=peak)
    full = setup_for(traffic)
    _head((f"una celda, {_named(full)}", *_OUTCOME))
    for name, setup in {
        **{
            f"{count} réplicas": replace(full, replicas=count)
            for count in (round(full.replicas * share) for share in (0.85, 0.7, 0.55))
        },
        "la mitad de los bots": replace(full, bots=full.bots // 2),
        "la mitad de los proxies": replace(full, proxies=full.proxies // 2),
        "un núcleo para la base": replace(full, database_cores=1),
    }.items():
        _row(name, *_told(at_the_peak(setup, traffic, seed)))


def _gpus() -> None:
    _head(("Gemma 3 270M", "filas", "si la GPU elige", "como está"))
    for gpu in GPUS:
        for rows in (16, 64, 256):
            speeds = (
                tokens_s(gpu, GEMMA_270M, rows, is_chosen_there=is_so) for is_so in (True, False)
            )
            _row(gpu.name, str(rows), *(_number(speed) for speed in speeds))


def _named(setup: Setup) -> str:
    if setup.is_one_process:
        return "un proceso"
    counts = (
        (setup.bots, "bot", "bots"),
        (setup.replicas, "réplica", "réplicas"),
        (setup.proxies, "proxy", "proxies"),
    )
    return ", ".join(f"{count} {name if count == 1 else plural}" for count, name, plural in counts)


def _told(outcome: Outcome) -> tuple[str, ...]:
    """Return the cells of `_OUTCOME`: p50 and p95, p50, p95 and p99, a share, the loads."""
    lost = (_share(outcome.refused, outcome), _share(outcome.late, outcome))
    loads = (f"{100 * outcome.loads[part]:.0f} %" for part in _PARTS)
    words, answers = outcome.words_s, outcome.answers_s
    return (_seconds(words, (0.5, 0.95)), _seconds(answers, (0.5, 0.95, 0.99)), *lost, *loads)


def _share(count: int, outcome: Outcome) -> str:
    return f"{100 * count / max(1, outcome.asked):.1f} %".replace(".", ",")


def _seconds(values: Sequence[float], shares: Sequence[float]) -> str:
    if not values:
        return "–"
    return " · ".join(f"{percentile(values, share):.1f}" for share in shares).replace(".", ",")


def _power(power: int) -> str:
    return "10" + "⁰¹²³⁴⁵⁶⁷⁸⁹"[len(str(power)) - 1]


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}".replace(",", ".")
    return f"{value:.2g}".replace(".", ",")


def _head(names: Sequence[str]) -> None:
    print()
    _row(*names)
    print("|---" * len(names) + "|")


def _row(*texts: str) -> None:
    print("| " + " | ".join(texts) + " |", flush=True)


if __name__ == "__main__":
    main()
