"""Results, cost and capacity as Markdown. Pure: the same input gives the same text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import capacity, cost, memory, prices
from benchmarks.figures import by_chance
from benchmarks.packages import DEFAULT, SELF_CONTAINED
from benchmarks.reach import targets
from benchmarks.results import PARTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.figures import Figure
    from benchmarks.memory import Size
    from benchmarks.results import Results


def speed(results: Results) -> str:
    """Where it was measured, then cold starts, warm messages and sizes."""
    return "\n\n".join(
        (
            _where(results),
            _cold(results),
            _warm(results),
            _sizes(results),
        )
    )


def steps(results: Results) -> str:
    """What each step of the cold start pays."""
    if results.steps is None:
        return "Not measured yet: `make bench ARGS=--steps` does."
    machine, changes = results.steps.machine, results.steps.changes
    runs = changes[0].milliseconds.runs
    least, most = by_chance(runs)
    head = (
        "cold start with one step changed",
        "ms",
        "× package",
        "processor, ms",
        "× package",
        "more processor, of 100",
        "after initialisation, ms",
    )
    rows = (
        (
            result.name,
            _spread(result.milliseconds),
            _spread(result.ratio),
            _spread(result.cpu_milliseconds),
            _spread(result.cpu_ratio),
            "–"
            if result is changes[0]
            else str(result.more_cpu)
            if least <= result.more_cpu <= most
            else f"**{result.more_cpu}**",
            _spread(result.message_milliseconds),
        )
        for result in changes
    )
    return (
        f"Measured {results.steps.measured} on {machine.cpu}, {machine.cores} cores, {machine.system}.\n\n"
        f"{table(head, rows)}\n\n{runs} runs of each, in turn. Of 100 pairs of a run of each, in so many it took more "
        f"of a processor than the package itself: chance makes {least} to {most} in 19 of 20 rows; **the rest** is "
        "seen."
    )


def aims(results: Results) -> str:
    """What was aimed at, and what was reached."""
    return table(
        ("aim", "at most", "self-contained", "default", "reached"),
        (
            (
                target.what,
                f"{target.limit:g} {target.unit}",
                f"{target.found:g}",
                "–" if target.beside is None else f"{target.beside:g}",
                "yes" if target.reached else "**no**",
            )
            for target in targets(results)
        ),
    )


def memory_sizes(results: Results) -> str:
    """Memory size to cold start, warm message and price, and the recommendation."""
    sizes = sizes_of(results)
    best = memory.recommended(sizes, prices.LAMBDA_ARM.usd)
    found = {held.mb: held for held in results.held}
    rows = (
        (
            f"**{size.mb}**" if size == best else str(size.mb),
            f"{size.share:.2f}",
            f"{found[size.mb].cold_milliseconds.median:g}",
            f"{found[size.mb].warm_milliseconds.median:g}",
            str(size.cold_ms),
            f"{size.warm_cpu_ms:g}",
            str(size.warm_ms),
            f"{size.gb_seconds:,}",
            f"{size.gb_seconds * prices.LAMBDA_ARM.usd:.2f}",
            f"{size.gb_seconds * prices.LAMBDA_X86.usd:.2f}",
        )
        for size in sizes
    )
    head = (
        "memory, MB",
        "vCPU",
        "cold, measured, ms",
        "warm, measured, ms",
        "cold start to the first result, ms",
        "warm, processor, ms",
        "warm, ms",
        "GB-s a million",
        "USD, arm64",
        "USD, x86_64",
    )
    waits = ", ".join(f"{name} {milliseconds:g}" for name, milliseconds in memory.WAITS_MS.items())
    (twice,) = memory.sizes(*_measured(results), sizes_mb=(2 * best.mb,))
    dearer = (twice.gb_seconds - best.gb_seconds) * prices.LAMBDA_ARM.usd
    return (
        f"{table(head, rows)}\n\nMeasured: a process that is held to this share of one processor, services that "
        f"answer at once. Computed, the columns behind: processor time of the self-contained package ÷ vCPU, and waits "
        f"that are assumed ({waits} ms). Recommended: `function.memory_size = {best.mb}`, the largest that costs at "
        f"most a dollar a million more than the cheapest. Where traffic is so thin that many messages meet a cold "
        f"start, {twice.mb}: {best.cold_ms} ms become {twice.cold_ms}, for {dearer:.2f} USD more a million."
    )


def bill(results: Results) -> str:
    """The cost of a million messages, line by line, at the recommended memory size."""
    best = memory.recommended(sizes_of(results), prices.LAMBDA_ARM.usd)
    warm = results.warm_message(SELF_CONTAINED)
    lines = cost.per_million(best, warm.log_bytes, warm.log_lines)
    rows = [(line.what, line.arithmetic, f"{line.usd:.2f}") for line in lines]
    rows.append(("**together**", "", f"**{sum(line.usd for line in lines):.2f}**"))
    return (
        f"{table(('a million messages', 'arithmetic', 'USD'), rows)}\n\n"
        f"List prices of {prices.REGION}, {prices.AS_OF}, without free tiers. By the month besides: the key "
        f"{prices.KMS_KEY.usd:.2f}, and {prices.METRICS.usd:.2f} for each metric that occurs in every hour. One "
        f"sender, one country and one trigger without faults wrote {warm.metrics} metrics: "
        f"{warm.metrics} × {prices.METRICS.usd:.2f} = {warm.metrics * prices.METRICS.usd:.2f}."
    )


def capacities(results: Results) -> str:
    """Codes a second to what they take, and the quotas in the order in which they bind."""
    best = memory.recommended(sizes_of(results), prices.LAMBDA_ARM.usd)
    seconds = best.warm_ms / 1000
    rows = (
        (
            f"{row.rate:,}",
            f"{row.concurrency:,}",
            f"{row.reserved:,}",
            f"{row.scaling_seconds} s",
            f"{row.kms_requests:,}",
            f"{row.write_units:,}",
            ("none", "1")[row.over] if row.over < 2 else f"1 to {row.over}",
        )
        for row in capacity.rows(seconds)
    )
    head = (
        "codes a second",
        "at once",
        "reserved concurrency",
        "scaled up in",
        "KMS a second",
        "write units a second",
        "over quota",
    )
    bound = (
        (
            str(number),
            quota.name,
            f"{quota.limit:,.0f} ÷ {quota.per_code:g}",
            f"{quota.codes_per_second:,.0f}",
            quota.what,
        )
        for number, quota in enumerate(capacity.quotas(seconds), 1)
    )
    return (
        f"{table(head, rows)}\n\n"
        f"At once = codes a second × {seconds:g} s; reserved: twice that, at least 10; "
        "scaled up: from nothing, at 1,000 environments in ten seconds.\n\n"
        f"{table(('', 'default quota, the tightest first', 'arithmetic', 'codes a second', 'what it is'), bound)}\n\n"
        f"{_burst(seconds)}"
    )


def sizes_of(results: Results) -> list[Size]:
    """The memory sizes for these results: the self-contained package, SNS, ledger on."""
    return memory.sizes(*_measured(results))


def _measured(results: Results) -> tuple[float, float, float]:
    cold = results.cold_start(SELF_CONTAINED).cpu_milliseconds.median
    warm = results.warm_message(SELF_CONTAINED).parts["total"].cpu_milliseconds.median
    return cold, warm, sum(memory.WAITS_MS.values())


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _where(results: Results) -> str:
    machine = results.machine
    versions = ", ".join(f"{name} {version}" for name, version in results.versions.items())
    late = ", ".join(
        f"{service} {milliseconds:g} ms" for service, milliseconds in results.latency_ms.items() if milliseconds
    )
    return (
        f"Measured {results.measured} on {machine.cpu}, {machine.cores} cores, {machine.system}; {versions}. "
        f"Public Powertools layer: {results.layer}. "
        f"Services on loopback over TLS, {f'which answer late by {late}' if late else 'which answer at once'}. "
        "Medians, with the middle half of the runs in brackets."
    )


def _cold(results: Results) -> str:
    head = (
        "cold start to the first result",
        "ms",
        "× floor",
        "processor, ms",
        "× floor",
        "peak, MB",
        "calls",
        "connections",
    )
    return (
        table(
            head,
            (
                (
                    result.name,
                    _spread(result.milliseconds),
                    _spread(result.ratio),
                    _spread(result.cpu_milliseconds),
                    _spread(result.cpu_ratio),
                    f"{result.peak_mb.median:g}",
                    str(len(result.calls)),
                    str(result.connections),
                )
                for result in results.cold
            ),
        )
        + f"\n\n{results.cold[0].milliseconds.runs} runs of each, in turn."
    )


def _warm(results: Results) -> str:
    head = (
        "warm message, ms of processor",
        *PARTS,
        "total",
        "own overhead",
        "× floor",
        "total on the clock",
        "calls",
        "peak, MB",
    )
    rows = []
    for result in results.warm:
        parts = [f"{result.parts[name].cpu_milliseconds.median:g}" if name in result.parts else "–" for name in PARTS]
        own = result.own_cpu_milliseconds
        ratios = ", ".join(f"{name} {figure.median:g}" for name, figure in result.ratios.items())
        rows.append(
            (
                result.name,
                *parts,
                _spread(result.parts["total"].cpu_milliseconds),
                "–" if own is None else _spread(own),
                ratios or "–",
                _spread(result.parts["total"].milliseconds),
                str(len(result.calls)),
                f"{result.peak_mb:g}",
            )
        )
    return f"{table(head, rows)}\n\n{results.warm[0].parts['total'].milliseconds.runs} messages of each, in turn."


def _sizes(results: Results) -> str:
    names = {DEFAULT: "default package, without its layer"}
    return table(
        ("package", "bytes, zipped"), ((names.get(name, name), f"{size:,}") for name, size in results.sizes.items())
    )


def _burst(seconds: float) -> str:
    codes = 10_000
    needed = capacity.reserved_for_burst(codes, seconds)
    return (
        f"A burst: {codes:,} codes at once, {seconds:g} s each, wait at most {capacity.LONGEST_WAIT_SECONDS} s with "
        f"{codes:,} × {seconds:g} ÷ {capacity.LONGEST_WAIT_SECONDS} = {needed} reserved. Codes for sign-in live "
        f"{capacity.SHORTEST_LIFE_SECONDS} s, so a wait beyond that delivers nothing but `EXPIRED`; "
        "`retries.max_event_age_seconds` = 300 is enough for a pool that sends only those, and the default, 3600, for "
        "all others. Waiting costs nothing: Lambda keeps asynchronous events in a queue of its own."
    )


def _spread(figure: Figure) -> str:
    return f"{figure.median:g} ({figure.low:g}–{figure.high:g})"
