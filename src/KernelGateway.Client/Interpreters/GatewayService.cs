using KernelGateway.Client.Http;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Client.Interpreters;

/// <summary>The routes of a gateway that contexts and executions use, with the exceptions of the gateway in the process.</summary>
/// <param name="transport">Sends the requests.</param>
/// <param name="streams">How streams of events are read.</param>
internal sealed class GatewayService(HttpTransport transport, StreamOptions streams)
{
    private const string KeyHeader = "Idempotency-Key";

    // Known once an answer was that of a gateway of ours, which knows idempotency keys and resumes streams.
    private volatile bool _isGateway;

    public StreamOptions Streams => streams;

    public HttpTransport Transport => transport;

    /// <summary>Creates a context.</summary>
    public async Task<GatewayContext> CreateContextAsync(CreateContextOptions options, CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(options.Id))
            throw new ArgumentException("The id of a context is chosen by the gateway, when it is reached over HTTP.", nameof(options));
        var body = new JObject();
        if ((options.KernelSpecName ?? options.Language) is { } language) body["language"] = language;
        if (options.WorkingDirectory is { } directory) body["cwd"] = directory;
        if (options.EnvironmentVariables is { Count: > 0 } variables) body["env_vars"] = JObject.FromObject(variables);
        return Read(await KnownErrors.TranslateAsync(
            () => transport.SendForJsonAsync(new HttpCall(HttpMethod.Post, "contexts").WithJson(body), cancellationToken),
            language: options.Language).ConfigureAwait(false));
    }

    /// <summary>Lists the contexts.</summary>
    public async Task<IReadOnlyList<GatewayContext>> ListContextsAsync(CancellationToken cancellationToken)
    {
        var listed = await transport.SendForJsonAsync(new HttpCall(HttpMethod.Get, "contexts"), cancellationToken).ConfigureAwait(false);
        return [.. listed.Select(Read)];
    }

    /// <summary>Finds a context.</summary>
    /// <remarks>E2B's own service has no route for one context, so its list is searched.</remarks>
    public async Task<GatewayContext> GetContextAsync(string contextId, CancellationToken cancellationToken)
    {
        try
        {
            return Read(await transport.SendForJsonAsync(new HttpCall(HttpMethod.Get, PathOf(contextId)), cancellationToken).ConfigureAwait(false));
        }
        catch (GatewayApiException exception) when (exception.Code is null && (int)exception.StatusCode is 404 or 405)
        {
            var all = await ListContextsAsync(cancellationToken).ConfigureAwait(false);
            return all.FirstOrDefault(context => context.Id == contextId) ?? throw KnownErrors.ContextNotFound(contextId, exception);
        }
        catch (GatewayApiException exception) when (KnownErrors.Find(exception, contextId) is not null)
        {
            throw KnownErrors.Find(exception, contextId)!;
        }
    }

    /// <summary>Removes a context.</summary>
    public Task RemoveContextAsync(string contextId, CancellationToken cancellationToken) =>
        KnownErrors.TranslateAsync(
            // A repetition after a lost answer would not find the context that the first request removed.
            () => transport.SendForNothingAsync(new HttpCall(HttpMethod.Delete, PathOf(contextId)) { IsRepeatable = false }, cancellationToken),
            contextId);

    /// <summary>Restarts the kernel of a context.</summary>
    public Task RestartContextAsync(string contextId, CancellationToken cancellationToken) =>
        KnownErrors.TranslateAsync(
            () => transport.SendForNothingAsync(new HttpCall(HttpMethod.Post, PathOf(contextId, "/restart")), cancellationToken), contextId);

    /// <summary>Interrupts what runs in a context; false when nothing was ended by it.</summary>
    public Task<bool> InterruptContextAsync(string contextId, CancellationToken cancellationToken) =>
        InterruptAsync(PathOf(contextId, "/interrupt"), contextId, cancellationToken);

    /// <summary>Interrupts an execution; false when it had ended before.</summary>
    public Task<bool> InterruptExecutionAsync(string executionId, CancellationToken cancellationToken) =>
        InterruptAsync($"executions/{Uri.EscapeDataString(executionId)}/interrupt", contextId: null, cancellationToken);

    /// <summary>Answers a request for input.</summary>
    public Task SendInputAsync(string contextId, string executionId, string value, CancellationToken cancellationToken) =>
        KnownErrors.TranslateAsync(
            () => transport.SendForNothingAsync(
                new HttpCall(HttpMethod.Post, PathOf(contextId, "/input")).WithJson(new JObject { ["value"] = value, ["execution_id"] = executionId }),
                cancellationToken),
            contextId);

    /// <summary>Submits code. The answer streams its events; the caller disposes it.</summary>
    public Task<SubmittedExecution> SubmitAsync(ExecuteRequest request, CancellationToken cancellationToken) =>
        KnownErrors.TranslateAsync(
            async () =>
            {
                var call = new HttpCall(HttpMethod.Post, "execute") { Headers = [(KeyHeader, Guid.NewGuid().ToString())], IsRepeatable = _isGateway }
                    .WithJson(request.ToJson());
                var response = await SendOnceAsync(call, cancellationToken).ConfigureAwait(false);
                var submitted = new SubmittedExecution(response);
                if (submitted.Id is not null) _isGateway = true;
                return submitted;
            },
            request.ContextId,
            request.Language);

    /// <summary>Opens the events of an execution after a position.</summary>
    public Task<HttpResponseMessage> OpenEventsAsync(string executionId, long after, CancellationToken cancellationToken) =>
        transport.SendAsync(new HttpCall(HttpMethod.Get, $"executions/{Uri.EscapeDataString(executionId)}/events?after={after}"), cancellationToken);

    /// <summary>Finds an execution.</summary>
    public async Task<JObject> GetExecutionAsync(string executionId, CancellationToken cancellationToken) =>
        await transport.SendForJsonAsync(new HttpCall(HttpMethod.Get, $"executions/{Uri.EscapeDataString(executionId)}"), cancellationToken)
            .ConfigureAwait(false) as JObject ?? [];

    /// <summary>Returns the path of a context's route.</summary>
    public static string PathOf(string contextId, string route = "")
    {
        ArgumentException.ThrowIfNullOrEmpty(contextId);
        return $"contexts/{Uri.EscapeDataString(contextId)}{route}";
    }

    // It is not known whether code was accepted whose request was lost. Only a gateway of ours runs it once if it is sent again.
    private async Task<HttpResponseMessage> SendOnceAsync(HttpCall call, CancellationToken cancellationToken)
    {
        try
        {
            return await transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
        }
        catch (GatewayConnectionException) when (!call.IsRepeatable && streams.MaxRetries > 0)
        {
            if (!await IsGatewayAsync(cancellationToken).ConfigureAwait(false)) throw;
            _isGateway = true;
            return await transport.SendAsync(call with { IsRepeatable = true }, cancellationToken).ConfigureAwait(false);
        }
    }

    // No execution has this id. A gateway of ours says so with its own code; another service has no such route.
    private async Task<bool> IsGatewayAsync(CancellationToken cancellationToken)
    {
        try
        {
            await GetExecutionAsync("0", cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (GatewayApiException exception)
        {
            return exception.Code == ServerCodes.ExecutionNotFound;
        }
    }

    private Task<bool> InterruptAsync(string path, string? contextId, CancellationToken cancellationToken) =>
        KnownErrors.TranslateAsync(
            async () =>
            {
                var answer = await transport.SendForJsonAsync(new HttpCall(HttpMethod.Post, path), cancellationToken).ConfigureAwait(false);
                return (bool?)answer["interrupted"] ?? false;
            },
            contextId);

    private GatewayContext Read(JToken context) => new(
        this, (string?)context["id"] ?? "", (string?)context["language"] ?? "", (string?)context["cwd"] ?? "");
}
