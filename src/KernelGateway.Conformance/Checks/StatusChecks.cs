using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Conformance.Checks;

/// <summary>Busy, idle and their order.</summary>
internal static class StatusChecks
{
    private static readonly string[] RequestNames = ["kernel_info", "empty", "complete", "inspect", "is_complete", "history",
        "comm_info"];

    public static IEnumerable<Check> All =>
    [
        Check.Create("status.values", "Values", "execution_state is busy, idle or starting.", Sections.Status,
            async (context, token) =>
        {
            var survey = await context.SurveyAsync(token).ConfigureAwait(false);
            return Verdict.ForEach([.. survey.Sightings.Where(one => one.Type == MessageTypes.Status)], one => one.State is
                ExecutionStateNames.Busy or ExecutionStateNames.Idle or ExecutionStateNames.Starting ? null : $"'{one.State}'",
                    "statuses");
        }),
        Check.Create("status.busy-first", "Busy comes first", "busy is the first that is published for a request.", Sections.Status,
            (context, token) => EachAsync(context, one => one.Published[0].State == ExecutionStateNames.Busy ? null
                : $"{one.Request.MessageType}: first {one.Published[0]}", token)),
        Check.Create("status.idle-last", "Idle comes last", "idle is the last that is published for a request.", Sections.Status,
            (context, token) => EachAsync(context, one => one.Published[^1].State == ExecutionStateNames.Idle ? null
                : $"{one.Request.MessageType}: last {one.Published[^1]}", token)),
        Check.Create("status.once", "One busy, one idle", "A request is bracketed by exactly one busy and one idle.", Sections.Status,
            (context, token) => EachAsync(
                context,
                one => Count(one, ExecutionStateNames.Busy) == 1 && Count(one, ExecutionStateNames.Idle) == 1 ? null
                    : $"{one.Request.MessageType}: {Count(one, ExecutionStateNames.Busy)} busy, {Count(one, ExecutionStateNames.Idle)} idle",
                token)),
        .. RequestNames.Select(ForRequest),
        Check.Create("status.error", "Idle after an error", "A failed execution ends in idle like any other.", Sections.Status,
            async (context, token) =>
        {
            var survey = await context.SurveyAsync(token).ConfigureAwait(false);
            return survey["error"] is not { } error ? Verdict.NotApplicable("no code that fails is known for this language")
                : Verdict.When(error.IsBusy && error.IsIdle, error.Describe());
        }),
    ];

    private static Check ForRequest(string name)
    {
        var type = name == "empty" ? "execute" : name;
        return Check.Create($"status.{type}", $"Statuses of {type}_request",
            $"busy and idle are published for {type}_request, as for every request.", Sections.Status,
            async (context, token) =>
            {
                var survey = await context.SurveyAsync(token).ConfigureAwait(false);
                var exchange = survey[name]!;
                return Verdict.When(exchange.IsBusy && exchange.IsIdle,
                    $"busy {(exchange.IsBusy ? "yes" : "no")}, idle {(exchange.IsIdle ? "yes" : "no")}");
            });
    }

    private static int Count(Exchange exchange, string state) => exchange.Published.Count(one => one.State == state);

    private static async Task<Verdict> EachAsync(CheckContext context, Func<Exchange, string?> fault,
        CancellationToken cancellationToken)
    {
        var survey = await context.SurveyAsync(cancellationToken).ConfigureAwait(false);
        // Another check is for requests without any status.
        return Verdict.ForEach([.. survey.Exchanges.Values.Where(one =>
            one.Published.Any(two => two.Type == MessageTypes.Status))], fault, "requests");
    }
}
