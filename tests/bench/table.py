"""A contest's results as a table: median and spread of time, rate, ratios and peak memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from statistics import median

from tests.bench.contest import Contest, Measure, Results

HEADINGS = (
    "",
    "seconds (min–max)",
    "{unit}/s",
    "MB/s",
    "ratio (min–max)",
    "CPU seconds (min–max)",
    "CPU ratio (min–max)",
    "peak MiB (min–max)",
    "work MiB (min–max)",
)


def table(contest: Contest, results: Results) -> str:
    """Return the results as text; ratios are by unit, to the first contender, of one round.

    MB/s are megabytes read, where the contest says what a unit has; work MiB are the peak less
    what interpreter, imports and preparation had taken.
    """
    baseline = results[contest.contenders[0].name]
    base_units = contest.contenders[0].units
    rows = [tuple(heading.format(unit=contest.unit) for heading in HEADINGS)]
    for contender in contest.contenders:
        mine = results[contender.name]
        seconds = [each.seconds for each in mine]
        share = base_units / contender.units
        rate = contender.units / max(median(seconds), 1e-9)
        rows.append(
            (
                contender.name,
                spread(seconds, "{:.2f}"),
                f"{rate:.1f}",
                f"{rate * contest.megabytes:.1f}" if contest.megabytes else "-",
                spread(_ratios(mine, baseline, share, lambda each: each.seconds), "{:.2f}"),
                spread([each.cpu_seconds for each in mine], "{:.2f}"),
                spread(_ratios(mine, baseline, share, lambda each: each.cpu_seconds), "{:.2f}"),
                spread([each.peak_mib for each in mine], "{:.0f}"),
                spread([each.peak_mib - each.base_mib for each in mine], "{:.0f}"),
            )
        )
    rounds = len(baseline)
    title = f"{contest.title} · {rounds} round{'s' if rounds > 1 else ''}"
    return "\n".join([title, *_aligned(rows)])


def spread(values: list[float], form: str) -> str:
    """Return `median (min–max)` of the values, each in the form."""
    shown = [form.format(each) for each in (median(values), min(values), max(values))]
    return f"{shown[0]} ({shown[1]}–{shown[2]})"


def _ratios(
    mine: list[Measure], baseline: list[Measure], share: float, figure: Callable[[Measure], float]
) -> list[float]:
    # a clock tick at least, or a baseline of nothing would divide by zero
    return [
        share * figure(one) / max(figure(base), 0.001)
        for one, base in zip(mine, baseline, strict=True)
    ]


def _aligned(rows: list[tuple[str, ...]]) -> Iterable[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        yield "  ".join(["  " + row[0].ljust(widths[0]), *cells]).rstrip()
