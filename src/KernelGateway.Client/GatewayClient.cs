using KernelGateway.Client.Http;
using KernelGateway.Client.Interpreters;
using KernelGateway.Contexts;
using KernelGateway.Executions;
using KernelGateway.Notebooks;

namespace KernelGateway.Client;

/// <summary>A gateway that is reached over HTTP, with the interface of the gateway in the process.</summary>
/// <remarks>
/// <code>
/// using var gateway = new GatewayClient("http://127.0.0.1:49999", token);
/// var context = await gateway.CreateContextAsync(new() { Language = "python" });
/// var result = await context.RunAsync("x = 1; x");
/// Console.WriteLine(result.Text);
/// </code>
/// <para>
/// Code is submitted with an idempotency key, so that a request whose answer was lost is sent again and the code runs once. A stream of
/// events whose connection was lost goes on behind the last event that was received. Code whose caller cancels or leaves is interrupted;
/// code whose program ends runs on, and a time limit (<see cref="ExecutionOptions.Timeout"/>) ends it.
/// </para>
/// <para>
/// It works with the code interpreter of E2B, too. What that has not (executions by id, interrupts, notebooks, resumed streams) fails with
/// an exception.
/// </para>
/// <para>
/// Only output has the time at which the gateway received it; the time of other events is that of their arrival here.
/// </para>
/// </remarks>
public sealed class GatewayClient : ICodeInterpreter, IDisposable
{
    private readonly GatewayService _service;
    private readonly HttpClient? _owned;

    /// <summary>Creates a client. It connects when something is asked for.</summary>
    /// <param name="address">The address of the gateway.</param>
    /// <param name="token">Its token; null for none.</param>
    /// <exception cref="ArgumentException">It is not an address.</exception>
    public GatewayClient(string address, string? token = null)
        : this(new GatewayClientOptions { Address = Parse(address), Token = token })
    {
    }

    /// <summary>Creates a client. It connects when something is asked for.</summary>
    /// <param name="options">Where the gateway is, and how it is called. They are read once.</param>
    /// <exception cref="ArgumentException">An option cannot be used; the message names it.</exception>
    public GatewayClient(GatewayClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (options.HttpClient is null) _owned = DefaultHttpClient.Create();
        var transport = new HttpTransport(new HttpTransportOptions
        {
            Http = options.HttpClient ?? _owned!,
            BaseAddress = options.Address,
            Headers = CreateHeaders(options),
            RequestTimeout = options.RequestTimeout,
            MaxRetries = options.MaxRetries,
            RetryDelay = options.RetryDelay,
            TimeProvider = options.TimeProvider,
        });
        _service = new GatewayService(
            transport, new StreamOptions(options.MaxSilence, options.ResumeTimeout, options.RetryDelay, options.MaxRetries));
    }

    /// <summary>Creates the interpreter of a sandbox, whose address and headers another part of the client knows.</summary>
    internal GatewayClient(HttpTransport transport, StreamOptions streams) => _service = new GatewayService(transport, streams);

    /// <inheritdoc/>
    /// <exception cref="GatewayApiException">The gateway refused or failed; the exception has its code.</exception>
    /// <exception cref="GatewayConnectionException">The gateway cannot be reached.</exception>
    public async Task<ICodeContext> CreateContextAsync(CreateContextOptions? options = null, CancellationToken cancellationToken = default) =>
        await _service.CreateContextAsync(options ?? new CreateContextOptions(), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<ICodeContext> GetContextAsync(string contextId, CancellationToken cancellationToken = default) =>
        await _service.GetContextAsync(contextId, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ICodeContext>> ListContextsAsync(CancellationToken cancellationToken = default) =>
        await _service.ListContextsAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public Task RemoveContextAsync(string contextId, CancellationToken cancellationToken = default) =>
        _service.RemoveContextAsync(contextId, cancellationToken);

    /// <inheritdoc/>
    public Task<ExecutionResult> RunAsync(
        string code,
        string? language = null,
        ExecutionOptions? options = null,
        ExecutionCallbacks? callbacks = null,
        CancellationToken cancellationToken = default) =>
        RemoteRun.RunAsync(_service, ExecuteRequest.Create(code, null, language, options, callbacks), callbacks, cancellationToken);

    /// <summary>Finds an execution by its id, to read its events in another program than the one that submitted it.</summary>
    /// <param name="executionId">Its id.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="GatewayApiException">There is none (<c>execution_not_found</c>), or it is no longer retained.</exception>
    public async Task<IExecution> GetExecutionAsync(string executionId, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(executionId);
        var state = await _service.GetExecutionAsync(executionId, cancellationToken).ConfigureAwait(false);
        return new GatewayExecution(_service, executionId, (string?)state["context_id"] ?? "");
    }

    /// <summary>Runs the code cells of a notebook in order.</summary>
    /// <param name="notebook">The notebook, which stays as it is.</param>
    /// <param name="place">Where it is run; null for a new context of its own kernel.</param>
    /// <param name="options">How it is run; null for the defaults. The limit of its outputs is the gateway's own.</param>
    /// <param name="onCellEnded">What is awaited after each cell that was run, with its outputs; null for nothing.</param>
    /// <param name="cancellationToken">Interrupts the run.</param>
    /// <returns>How it went, and a notebook with the outputs. A cell that raises is a result, not an exception.</returns>
    /// <exception cref="GatewayConnectionException">The connection was lost; that interrupts the run.</exception>
    public Task<NotebookRun> RunNotebookAsync(
        Notebook notebook,
        NotebookPlace? place = null,
        NotebookRunOptions? options = null,
        Func<NotebookProgress, CancellationToken, Task>? onCellEnded = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(notebook);
        return NotebookCalls.RunAsync(
            _service, notebook, place ?? new NotebookPlace(), options ?? new NotebookRunOptions(), onCellEnded, cancellationToken);
    }

    /// <summary>Exports what a context has executed as a notebook.</summary>
    /// <param name="contextId">The id of the context.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="ContextNotFoundException">There is no context with that id.</exception>
    public Task<Notebook> ExportNotebookAsync(string contextId, CancellationToken cancellationToken = default) =>
        NotebookCalls.ExportAsync(_service, contextId, cancellationToken);

    /// <summary>Closes the connections, unless the HTTP client was handed in.</summary>
    public void Dispose() => _owned?.Dispose();

    private static Uri Parse(string address) => Uri.TryCreate(address, UriKind.Absolute, out var parsed)
        ? parsed
        : throw new ArgumentException($"'{address}' is not an absolute address with http or https.", nameof(address));

    private static List<(string Name, string Value)> CreateHeaders(GatewayClientOptions options)
    {
        List<(string Name, string Value)> headers = [.. options.Headers.Select(header => (header.Key, header.Value))];
        if (!string.IsNullOrEmpty(options.Token)) headers.Add(("Authorization", $"Bearer {options.Token}"));
        return headers;
    }
}
