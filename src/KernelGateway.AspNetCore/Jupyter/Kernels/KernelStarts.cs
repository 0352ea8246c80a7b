using KernelGateway.AspNetCore.Auditing;
using KernelGateway.AspNetCore.Jupyter.Common;
using KernelGateway.Contexts;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary>Starts kernels; concurrent requests for one id get one kernel.</summary>
internal sealed class KernelStarts(HttpSurface surface)
{
    private readonly SharedWork<CodeContext> _byId = new(StringComparer.OrdinalIgnoreCase);
    private readonly KernelVariables _variables = new(surface.Options.AllowedEnvironment, surface.Logger);

    private ContextManager Contexts => surface.Gateway.Contexts;

    /// <summary>Starts a kernel, or returns the kernel that has the requested id.</summary>
    /// <param name="wanted">The kernel.</param>
    /// <param name="caller">Who wants it.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="JupyterBodyException">A kernel cannot be started in the directory.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled, or the kernel was deleted before it was
    /// ready.</exception>
    public Task<CodeContext> StartAsync(StartKernelBody wanted, AuditCaller caller, CancellationToken cancellationToken)
    {
        if (wanted.KernelId is { } taken && Contexts.Find(taken) is { } present) return Task.FromResult(present);
        var directories = new StartDirectory(surface.Gateway.Options);
        var options = new CreateContextOptions
        {
            Id = wanted.KernelId,
            KernelSpecName = wanted.Name,
            WorkingDirectory =
                wanted.Cwd is { } cwd ? directories.OfDirectory(cwd)
                : wanted.Path is { } path ? directories.OfPath(path)
                : KernelVariables.WorkingDirectoryIn(wanted.Env) is { } own ? directories.OfClient(own)
                : null,
            EnvironmentVariables = _variables.Allow(wanted.Env),
        };
        return options.Id is { } id
            ? _byId.RunAsync(id, token => FindOrCreateAsync(id, options, caller, token), cancellationToken)
            : CreateAsync(options, caller, cancellationToken);
    }

    /// <summary>Starts a kernel for a session.</summary>
    /// <param name="kernelName">The kernelspec; null for the default.</param>
    /// <param name="path">The session's path.</param>
    /// <param name="variables">Variables of the client; null for none.</param>
    /// <param name="caller">Who wants it.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public Task<CodeContext> StartForSessionAsync(
        string? kernelName, string path, IReadOnlyDictionary<string, string>? variables, AuditCaller caller, CancellationToken cancellationToken) =>
        CreateAsync(
            new CreateContextOptions
            {
                KernelSpecName = kernelName,
                WorkingDirectory = new StartDirectory(surface.Gateway.Options).OfSessionPath(path),
                EnvironmentVariables = _variables.Allow(variables),
            },
            caller,
            cancellationToken);

    /// <summary>Cancels the start of the kernel with this id; false when none is being started.</summary>
    public Task<bool> StopAsync(string kernelId) => _byId.StopAsync(kernelId);

    // It may have been started since the look-up.
    private async Task<CodeContext> FindOrCreateAsync(string id, CreateContextOptions options, AuditCaller caller, CancellationToken cancellationToken) =>
        Contexts.Find(id) ?? await CreateAsync(options, caller, cancellationToken);

    private async Task<CodeContext> CreateAsync(CreateContextOptions options, AuditCaller caller, CancellationToken cancellationToken)
    {
        var created = await Contexts.CreateAsync(options, cancellationToken);
        surface.Audit.Created(caller, created.Id);
        return created;
    }
}
