using KernelGateway.Sandboxes;

namespace KernelGateway.Client.Legacy;

/// <summary>A sandbox with a notebook, in the vocabulary of the generation of E2B's SDKs before today's.</summary>
/// <remarks>Its lifetime, files and processes are those of <see cref="Sandbox"/>.</remarks>
public sealed class CodeInterpreter : Sandbox
{
    private const string DefaultTemplate = "code-interpreter-v1";

    private CodeInterpreter(SandboxSession session)
        : base(session) => Notebook = new Notebook(session);

    /// <summary>Gets the notebook, which runs code.</summary>
    public Notebook Notebook { get; }

    /// <summary>Creates a sandbox with a notebook.</summary>
    /// <param name="template">The template. Default: <c>code-interpreter-v1</c>.</param>
    /// <param name="envVars">Variables for all processes and kernels. Default: none.</param>
    /// <param name="cwd">
    /// The directory of processes, and at which relative paths begin; it is created. Default: the home directory. Kernels do not use it.
    /// </param>
    /// <param name="onStdout">Called with each line that a process without such a handler writes to its standard output.</param>
    /// <param name="onStderr">Called with each line that a process without such a handler writes to its standard error.</param>
    /// <param name="onExit">Called with the exit code of each process without such a handler.</param>
    /// <param name="timeout">How long the creation may take. Default: 60 seconds.</param>
    /// <param name="metadata">What <see cref="Sandbox.ListAsync"/> shows. Default: none.</param>
    /// <param name="client">Where the service is, and how it is called. Default: what the <c>E2B_*</c> variables say.</param>
    /// <param name="cancellationToken">Cancels the creation.</param>
    /// <exception cref="SandboxException">The service cannot be reached or has refused it.</exception>
    /// <exception cref="TimeoutException">The creation took too long. A sandbox that was created nevertheless ends within 15 seconds.</exception>
    public static new async Task<CodeInterpreter> CreateAsync(
        string? template = null,
        IReadOnlyDictionary<string, string>? envVars = null,
        string? cwd = null,
        Action<ProcessMessage>? onStdout = null,
        Action<ProcessMessage>? onStderr = null,
        Action<int>? onExit = null,
        TimeSpan? timeout = null,
        IReadOnlyDictionary<string, string>? metadata = null,
        SandboxClientOptions? client = null,
        CancellationToken cancellationToken = default)
    {
        var opening = new SandboxOpening
        {
            EnvVars = envVars, Cwd = cwd, Handlers = new ProcessHandlers(onStdout, onStderr, onExit), Timeout = timeout, Metadata = metadata, Client = client,
        };
        return new CodeInterpreter(await SandboxSession.CreateAsync(template ?? DefaultTemplate, opening, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Connects to a sandbox with a notebook that runs.</summary>
    /// <param name="sandboxId">Its id.</param>
    /// <param name="envVars">Variables for all processes that are started from here, in addition to those of the sandbox. Default: none.</param>
    /// <param name="cwd">The directory of processes, and at which relative paths begin; it is created. Default: the home directory.</param>
    /// <param name="onStdout">Called with each line that a process without such a handler writes to its standard output.</param>
    /// <param name="onStderr">Called with each line that a process without such a handler writes to its standard error.</param>
    /// <param name="onExit">Called with the exit code of each process without such a handler.</param>
    /// <param name="timeout">How long it may take. Default: 60 seconds.</param>
    /// <param name="client">Where the service is, and how it is called. Default: what the <c>E2B_*</c> variables say.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="SandboxNotFoundException">There is no such sandbox.</exception>
    /// <exception cref="SandboxException">The service cannot be reached or has refused it.</exception>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public static new async Task<CodeInterpreter> ReconnectAsync(
        string sandboxId,
        IReadOnlyDictionary<string, string>? envVars = null,
        string? cwd = null,
        Action<ProcessMessage>? onStdout = null,
        Action<ProcessMessage>? onStderr = null,
        Action<int>? onExit = null,
        TimeSpan? timeout = null,
        SandboxClientOptions? client = null,
        CancellationToken cancellationToken = default)
    {
        var opening = new SandboxOpening
        {
            EnvVars = envVars, Cwd = cwd, Handlers = new ProcessHandlers(onStdout, onStderr, onExit), Timeout = timeout, Client = client,
        };
        return new CodeInterpreter(await SandboxSession.ReconnectAsync(IdOf(sandboxId), opening, cancellationToken).ConfigureAwait(false));
    }
}
