using System.Diagnostics;
using KernelGateway.Conformance.Checks;
using KernelGateway.Conformance.Probing;
using KernelGateway.Conformance.Targets;

namespace KernelGateway.Conformance;

/// <summary>Examines kernels.</summary>
public static class ConformanceRun
{
    /// <summary>Gets all checks, in the order they are run.</summary>
    public static IReadOnlyList<CheckInfo> Checks { get; } = [.. AllChecks.InOrder.Select(check => check.Info)];

    /// <summary>Examines a kernel, one check after the other; no check prevents the next one.</summary>
    /// <param name="target">The kernel; the caller disposes it.</param>
    /// <param name="options">How; the defaults when null.</param>
    /// <param name="progress">Is called with each result.</param>
    /// <param name="timeProvider">Measures the waits; the system's clock when null.</param>
    /// <param name="cancellationToken">Ends the examination.</param>
    /// <returns>The results.</returns>
    /// <exception cref="KernelUnreachableException">The kernel cannot be started, or does not answer at all.</exception>
    /// <exception cref="ArgumentException"><see cref="ConformanceOptions.Only"/> contains a name that is neither an area nor an
    /// id.</exception>
    public static async Task<ConformanceReport> RunAsync(
        ConformanceTarget target, ConformanceOptions? options = null, IProgress<CheckResult>? progress = null,
        TimeProvider? timeProvider = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        options ??= new ConformanceOptions();
        var selected = Select(options.Only);
        var context = new CheckContext(target, options, timeProvider ?? TimeProvider.System);
        await using (context.ConfigureAwait(false))
        {
            await context.OpenAsync(cancellationToken).ConfigureAwait(false);
            var info = context.KernelInfo;
            var results = new List<CheckResult>(selected.Count);
            var isDeaf = false;
            foreach (var check in selected)
            {
                var result = isDeaf
                    ? new CheckResult(check.Info, CheckOutcome.NotApplicable, "the kernel had stopped answering before",
                        TimeSpan.Zero)
                    : await RunAsync(check, context, () => isDeaf = true, cancellationToken).ConfigureAwait(false);
                results.Add(result);
                progress?.Report(result);
            }

            var implementation = $"{Json.Show(info["implementation"])} {Json.Show(info["implementation_version"])}".Replace("\"",
                "", StringComparison.Ordinal);
            return new ConformanceReport(target.Name, implementation, Json.Show(info["protocol_version"]).Trim('"'), results);
        }
    }

    private static List<Check> Select(ISet<string> only)
    {
        if (only.Count == 0) return [.. AllChecks.InOrder];
        foreach (var wish in only)
        {
            if (!AllChecks.InOrder.Any(check => IsMeant(check.Info, wish)))
                throw new ArgumentException($"There is no check or area '{wish}'. Areas: {string.Join(", ", Areas())}.",
                    nameof(only));
        }

        return [.. AllChecks.InOrder.Where(check => only.Any(wish => IsMeant(check.Info, wish)))];
    }

    private static IEnumerable<string> Areas() => AllChecks.InOrder.Select(check => check.Info.Area).Distinct();

    private static bool IsMeant(CheckInfo info, string wish) =>
        info.Id.Equals(wish, StringComparison.OrdinalIgnoreCase) || info.Area.Equals(wish, StringComparison.OrdinalIgnoreCase);

    private static async Task<CheckResult> RunAsync(Check check, CheckContext context, Action deaf,
        CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        var verdict = await JudgeAsync(check, context, cancellationToken).ConfigureAwait(false);
        var isRun = !check.Info.IsDestructive || context.Target.IsOurs || context.Options.AllowsDestructiveChecks;
        // A kernel on which such a check failed cannot be used for other checks: an interrupted Macaulay2 spoils the next cells.
        var isSpoiled = check.EndsKernel || (check.Info.IsDestructive && verdict.Outcome == CheckOutcome.Fail);
        var isOver = isSpoiled && isRun && context.Target.IsOurs;
        var seen = verdict.Seen;
        if (isRun && (isOver || verdict.Outcome != CheckOutcome.Pass))
        {
            var (note, isDeaf) = await context.HealAsync(isOver, cancellationToken).ConfigureAwait(false);
            if (note is not null) seen = $"{seen}; {note}";
            if (isDeaf) deaf();
        }

        return new CheckResult(check.Info, verdict.Outcome, seen, Stopwatch.GetElapsedTime(start));
    }

    private static async Task<Verdict> JudgeAsync(Check check, CheckContext context, CancellationToken cancellationToken)
    {
        if (check.Info.IsDestructive && !context.Target.IsOurs && !context.Options.AllowsDestructiveChecks)
            return Verdict.NotApplicable("it might end the kernel, which is not ours");
        try
        {
            return await check.Judge(context, cancellationToken).ConfigureAwait(false);
        }
        catch (KernelGoneException exception)
        {
            return Verdict.Fail(exception.Message);
        }
        catch (KernelUnreachableException exception)
        {
            return Verdict.Fail(exception.Message);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception exception)
        {
            // Messages of a kernel can make a check throw any exception. Only that check fails.
            return Verdict.Fail($"what the kernel sent could not be judged: {exception.Message}");
        }
    }
}
