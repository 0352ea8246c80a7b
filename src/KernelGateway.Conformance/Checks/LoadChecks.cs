using System.Globalization;
using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol;
using KernelGateway.Protocol.Messages;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Conformance.Checks;

/// <summary>Large messages and many of them.</summary>
internal static class LoadChecks
{
    private const int Large = 16 << 20;
    private const int ManyRequests = 500;
    private const int ManyExecutions = 100;

    public static IEnumerable<Check> All =>
    [
        Check.Create("load.metadata", "16 MiB of metadata",
            "There is no limit to the size of a message: a request with 16 MiB is answered.", Sections.Wire,
            async (context, token) =>
        {
            var request = context.Probe.CreateRequest(
                MessageTypes.KernelInfoRequest, new JObject(), new JObject { ["conformance"] = new string('m', Large) });
            var exchange = await context.Probe.SendAsync(KernelChannel.Shell, request, token).ConfigureAwait(false);
            await context.CompleteAsync(exchange, token, context.LongTimeout).ConfigureAwait(false);
            // The parent header has no metadata: nothing but the request was large.
            return Verdict.When(exchange.Reply is not null && exchange.IsIdle, exchange.Reply is null ? exchange.Describe()
                : "answered");
        }, isDestructive: true),
        LanguageCheck.Create("load.code", "16 MiB of code", "Code of 16 MiB is run.", Sections.Wire, snippets => snippets.LargeCode,
            async (context, code, token) =>
        {
            var exchange = await context.ExecuteAsync(code(Large), token, context.LongTimeout).ConfigureAwait(false);
            return Verdict.When(
                exchange.Status == "ok" && exchange.AllText.Contains("large", StringComparison.Ordinal),
                exchange.Status == "ok" ? "run" : exchange.Describe());
        }, isDestructive: true),
        LanguageCheck.Create("load.output", "16 MiB of output", "Output of 16 MiB arrives whole, in however many messages.",
            Sections.Wire, snippets => snippets.LargeOutput,
            async (context, code, token) =>
            {
                var exchange = await context.ExecuteAsync(code(Large), token, context.LongTimeout).ConfigureAwait(false);
                var letters = exchange.AllText.Count(letter => letter == 'a');
                var messages = exchange.Published.Count(one => one.Type != MessageTypes.Status
                    && one.Type != MessageTypes.ExecuteInput);
                return Verdict.When(letters == Large,
                    string.Create(CultureInfo.InvariantCulture, $"{letters} of {Large} characters in {messages} messages"));
            }, isDestructive: true),
        Check.Create("load.requests", "Many requests", $"{ManyRequests} requests sent at once are all answered, with their statuses.",
            Sections.RequestReply, (context, token) =>
            ManyAsync(context, ManyRequests, _ => (MessageTypes.KernelInfoRequest, []), token)),
        LanguageCheck.Create("load.executions", "Many executions", $"{ManyExecutions} executions sent at once are all run, in order.",
            Sections.Execute, snippets => snippets,
            (context, snippets, token) =>
                ManyAsync(context, ManyExecutions, i => (MessageTypes.ExecuteRequest, Contents.Execute(snippets.Print(Mark(i)))),
                token, Mark)),
    ];

    private static string Mark(int number) => string.Create(CultureInfo.InvariantCulture, $"number {number};");

    private static async Task<Verdict> ManyAsync(
        CheckContext context, int count, Func<int, (string Type, JObject Content)> create, CancellationToken cancellationToken,
            Func<int, string>? output = null)
    {
        var exchanges = new List<Exchange>(count);
        for (var i = 0; i < count; i++)
        {
            var (type, content) = create(i);
            exchanges.Add(await context.Probe.SendAsync(KernelChannel.Shell, type, content,
                cancellationToken).ConfigureAwait(false));
        }

        await AwaitAllAsync(context, exchanges, cancellationToken).ConfigureAwait(false);
        var answered = exchanges.Count(one => one.Status == "ok");
        var idle = exchanges.Count(one => one.IsIdle);
        var correct = output is null ? count
            : exchanges.Where((one, i) => one.AllText.Contains(output(i), StringComparison.Ordinal)).Count();
        var outputs = output is null ? "" : $", {correct} with their output";
        var seen = $"{answered} replies and {idle} idles for {count} requests{outputs}";
        return Verdict.When(answered == count && idle == count && correct == count, seen);
    }

    // A slow kernel is not wrong (octave takes half a second for a trivial cell): the wait continues as long as messages arrive.
    private static async Task AwaitAllAsync(CheckContext context, List<Exchange> exchanges, CancellationToken cancellationToken)
    {
        var isComing = true;
        for (var done = 0; isComing && done < exchanges.Count;)
        {
            isComing = await context.WaitAsync(() => exchanges[done].Reply is not null && exchanges[done].IsIdle, cancellationToken)
                .ConfigureAwait(false);
            if (isComing) done++;
        }
    }
}
