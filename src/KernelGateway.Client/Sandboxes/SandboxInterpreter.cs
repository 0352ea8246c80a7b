using KernelGateway.Client.Http;
using KernelGateway.Client.Interpreters;
using KernelGateway.Contexts;
using KernelGateway.Executions;

namespace KernelGateway.Client;

/// <summary>The code interpreter of a sandbox: that of a gateway, at the sandbox's address. The end of the sandbox has exceptions of its own.</summary>
internal sealed class SandboxInterpreter : ICodeInterpreter
{
    // Short beside that of a gateway: a sandbox that has ended is usually why a connection is lost.
    private static readonly StreamOptions Streams = new(
        MaxSilence: TimeSpan.FromSeconds(60), ResumeTimeout: TimeSpan.FromSeconds(10), RetryDelay: TimeSpan.FromMilliseconds(250), MaxRetries: 3);

    private readonly EnvdClient _envd;
    private readonly GatewayService _service;

    public SandboxInterpreter(EnvdClient envd, string domain)
    {
        _envd = envd;
        var settings = envd.Settings;
        var headers = new List<(string Name, string Value)>();
        envd.AddHeaders(Add, SandboxSettings.InterpreterPort);
        var transport = new HttpTransport(new HttpTransportOptions
        {
            Http = settings.Http,
            BaseAddress = new Uri(settings.UrlOf(SandboxSettings.InterpreterPort, envd.SandboxId, domain)),
            Peer = "sandbox",
            Headers = headers,
            RequestTimeout = settings.RequestTimeout,
            MaxRetries = Streams.MaxRetries,
            RetryDelay = Streams.RetryDelay,
            TimeProvider = settings.Time,
        });
        _service = new GatewayService(transport, Streams);

        bool Add(string name, string? value)
        {
            headers.Add((name, value ?? ""));
            return true;
        }
    }

    public Task<ICodeContext> CreateContextAsync(CreateContextOptions? options = null, CancellationToken cancellationToken = default) =>
        ExplainAsync<ICodeContext>(
            async () => await _service.CreateContextAsync(options ?? new CreateContextOptions(), cancellationToken).ConfigureAwait(false), cancellationToken);

    public Task<ICodeContext> GetContextAsync(string contextId, CancellationToken cancellationToken = default) =>
        ExplainAsync<ICodeContext>(async () => await _service.GetContextAsync(contextId, cancellationToken).ConfigureAwait(false), cancellationToken);

    public Task<IReadOnlyList<ICodeContext>> ListContextsAsync(CancellationToken cancellationToken = default) =>
        ExplainAsync<IReadOnlyList<ICodeContext>>(
            async () => await _service.ListContextsAsync(cancellationToken).ConfigureAwait(false), cancellationToken);

    public Task RemoveContextAsync(string contextId, CancellationToken cancellationToken = default) =>
        ExplainAsync(() => _service.RemoveContextAsync(contextId, cancellationToken), cancellationToken);

    public Task RestartContextAsync(string contextId, CancellationToken cancellationToken) =>
        ExplainAsync(() => _service.RestartContextAsync(contextId, cancellationToken), cancellationToken);

    public Task<ExecutionResult> RunAsync(
        string code,
        string? language = null,
        ExecutionOptions? options = null,
        ExecutionCallbacks? callbacks = null,
        CancellationToken cancellationToken = default) =>
        RunAsync(ExecuteRequest.Create(code, null, language, options, callbacks), callbacks, cancellationToken);

    public Task<ExecutionResult> RunInContextAsync(
        string code, string contextId, ExecutionOptions? options, ExecutionCallbacks? callbacks, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(contextId);
        return RunAsync(ExecuteRequest.Create(code, contextId, null, options, callbacks), callbacks, cancellationToken);
    }

    private async Task<ExecutionResult> RunAsync(ExecuteRequest request, ExecutionCallbacks? callbacks, CancellationToken cancellationToken)
    {
        var isSubmitted = false;
        try
        {
            return await ExplainAsync(
                () => RemoteRun.RunAsync(_service, request, callbacks, cancellationToken, onSubmitted: () => isSubmitted = true),
                cancellationToken).ConfigureAwait(false);
        }
        catch (SandboxNotFoundException exception) when (isSubmitted)
        {
            // It ended while the code ran.
            throw new SandboxTimeoutException(SandboxTimeoutException.KilledText(exception.Message), exception.StatusCode, innerException: exception);
        }
    }

    private Task<bool> ExplainAsync(Func<Task> call, CancellationToken cancellationToken) => ExplainAsync(
        async () =>
        {
            await call().ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    private async Task<T> ExplainAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (GatewayApiException exception) when (EnvdErrors.IsGone(exception.StatusCode, exception.Message))
        {
            throw new SandboxNotFoundException(exception.Message, exception.StatusCode, exception.Code);
        }
        catch (GatewayConnectionException exception)
        {
            throw await _envd.ExplainAsync(exception, cancellationToken).ConfigureAwait(false);
        }
    }
}
