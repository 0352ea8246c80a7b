using KernelGateway.Conformance.Probing;
using KernelGateway.Protocol.Messages;

namespace KernelGateway.Conformance.Checks;

/// <summary>One conversation with every kind of request, which the checks of form and order look at together.</summary>
internal sealed class Survey
{
    private Survey(string clientSession, IReadOnlyDictionary<string, Exchange> exchanges, IReadOnlyList<Sighting> sightings)
    {
        ClientSession = clientSession;
        Exchanges = exchanges;
        Sightings = sightings;
    }

    /// <summary>
    /// Gets the session of the client that sent the requests; the kernel, and with it the client, may have been replaced since.
    /// </summary>
    public string ClientSession { get; }

    /// <summary>Gets the exchanges by name: the request type without its ending, or what was executed.</summary>
    public IReadOnlyDictionary<string, Exchange> Exchanges { get; }

    /// <summary>Gets every message that came, those of no request among them.</summary>
    public IReadOnlyList<Sighting> Sightings { get; }

    public Exchange? this[string name] => Exchanges.GetValueOrDefault(name);

    public static async Task<Survey> TakeAsync(CheckContext context, CancellationToken cancellationToken)
    {
        context.Probe.Log.Clear();
        var exchanges = new Dictionary<string, Exchange>();
        await ShellAsync("kernel_info", MessageTypes.KernelInfoRequest, []).ConfigureAwait(false);
        if (context.Snippets is { } snippets)
        {
            await ExecuteAsync("print", snippets.Print("seen")).ConfigureAwait(false);
            await ExecuteAsync("stderr", snippets.PrintError?.Invoke("seen")).ConfigureAwait(false);
            await ExecuteAsync("value", snippets.Value).ConfigureAwait(false);
            await ExecuteAsync("error", snippets.Error).ConfigureAwait(false);
        }

        await ExecuteAsync("empty", "").ConfigureAwait(false);
        await ShellAsync("complete", MessageTypes.CompleteRequest, Contents.At("a", 1)).ConfigureAwait(false);
        await ShellAsync("inspect", MessageTypes.InspectRequest, Contents.Inspect("a")).ConfigureAwait(false);
        await ShellAsync("is_complete", MessageTypes.IsCompleteRequest, new() { ["code"] = "1" }).ConfigureAwait(false);
        await ShellAsync("history", MessageTypes.HistoryRequest, Contents.History("tail", ("n", 3))).ConfigureAwait(false);
        await ShellAsync("comm_info", MessageTypes.CommInfoRequest, []).ConfigureAwait(false);
        var sightings = context.Probe.Log.All;
        foreach (var exchange in exchanges.Values) exchange.Keep();
        return new Survey(context.Probe.Factory.SessionId, exchanges, sightings);

        async Task ShellAsync(string name, string type, Newtonsoft.Json.Linq.JObject content) =>
            exchanges[name] = await context.ShellAsync(type, content, cancellationToken).ConfigureAwait(false);

        Task ExecuteAsync(string name, string? code) =>
            code is null ? Task.CompletedTask : ShellAsync(name, MessageTypes.ExecuteRequest, Contents.Execute(code));
    }
}
