using KernelGateway.Kernels;
using KernelGateway.Launching;
using KernelGateway.Launching.Local;
using KernelGateway.Protocol.Connection;

namespace KernelGateway.Contexts;

/// <content>Kernels that others have started: attached ones, and those of a gateway that has ended.</content>
public sealed partial class ContextManager
{
    /// <summary>
    /// Attaches a kernel that was started by someone else as a context. Removing the context does not end the kernel.
    /// </summary>
    /// <param name="connectionFilePath">The kernel's connection file.</param>
    /// <param name="options">Language, id and the directory to report; null for the language that the kernel reports.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ConnectionFileException">The file cannot be read or lacks something.</exception>
    /// <exception cref="KernelLaunchException">The kernel does not answer.</exception>
    /// <exception cref="ContextLimitException">There are as many contexts as may be.</exception>
    /// <exception cref="ArgumentException">
    /// The options contain a kernelspec or variables, which a kernel that runs has already; or the id is not a GUID or is taken.
    /// </exception>
    public async Task<CodeContext> AttachAsync(
        string connectionFilePath, CreateContextOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(connectionFilePath);
        options ??= new CreateContextOptions();
        if (options.KernelSpecName is not null || options.EnvironmentVariables is { Count: > 0 })
        {
            throw new ArgumentException(
                "A kernel that was started by someone else has its kernelspec and its environment variables already.", nameof(options));
        }

        var info = await ConnectionFile.ReadAsync(connectionFilePath, cancellationToken).ConfigureAwait(false);
        var source = SourceOf(info, connectionFilePath);
        var language = options.Language is null ? null : _languages.Normalize(options.Language);
        var richData = options.AllowsRichData ? _services.RichData : _services.RichData.WithoutDescriptions;
        return await AddAsync(ContextId.Normalize(options.Id), source, language, options.WorkingDirectory ?? "", richData, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Attaches a kernel that was started by someone else; its source can be pointed to another process later.</summary>
    internal Task<CodeContext> AttachAsync(string id, AttachedKernelSource source, CancellationToken cancellationToken) =>
        AddAsync(id, source, language: null, directory: "", _services.RichData, cancellationToken);

    internal AttachedKernelSource SourceOf(KernelConnectionInfo info, string connectionFilePath) =>
        new(info, connectionFilePath, _services.KernelOptions, _services.Telemetry, _services.Channels, _logger, _services.Time);

    /// <summary>Adopts a kernel that a previous gateway left running, as a context with its old id.</summary>
    internal async Task AdoptAsync(OrphanedKernel orphan, CancellationToken cancellationToken)
    {
        var record = ContextRecord.Read(orphan.Record.ContextFields);
        var spec = await _catalog.GetAsync(orphan.Record.KernelSpecName, cancellationToken).ConfigureAwait(false);
        var launch = new KernelLaunch
        {
            KernelId = orphan.Record.KernelId,
            Spec = spec,
            WorkingDirectory = record.WorkingDirectory,
            Environment = record.EnvironmentVariables ?? new Dictionary<string, string>(),
            ContextFields = orphan.Record.ContextFields,
        };
        var process = await orphan.AdoptAsync(_options.Launching, cancellationToken: cancellationToken).ConfigureAwait(false)
            ?? throw new KernelClosedException("The process has ended.");
        var source = _services.CreateSource(launch, _provisioner, process);
        try
        {
            await AddAsync(launch.KernelId, source, record.Language, record.WorkingDirectory, _services.RichData, cancellationToken)
                .ConfigureAwait(false);
        }
        catch
        {
            // Nobody else ends a process for which there is no room; ending it twice is harmless.
            await process.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static string LanguageOf(Kernel kernel) =>
        kernel.Info is { LanguageInfo.Name.Length: > 0 } info ? info.LanguageInfo.Name.ToLowerInvariant() : "unknown";
}
