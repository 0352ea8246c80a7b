using KernelGateway.ControlPlane.Engines;
using KernelGateway.ControlPlane.Engines.Native;
using KernelGateway.ControlPlane.Storage;
using KernelGateway.ControlPlane.Teams;
using KernelGateway.ControlPlane.Templates;
using Microsoft.Extensions.Logging;

namespace KernelGateway.ControlPlane.Sandboxes;

/// <summary>What the classes of this folder share.</summary>
/// <param name="Engine">The engine.</param>
/// <param name="Report">What the machine allows it.</param>
/// <param name="Store">The database.</param>
/// <param name="Templates">The templates.</param>
/// <param name="Limits">What the teams' sandboxes use.</param>
/// <param name="Tokens">The tokens of sandboxes.</param>
/// <param name="Options">The settings.</param>
/// <param name="Time">The clock.</param>
/// <param name="Loggers">Creates the logs.</param>
internal sealed record SandboxDependencies(
    ISandboxEngine Engine,
    EngineReport Report,
    ControlPlaneStore Store,
    TemplateCatalog Templates,
    TeamLimits Limits,
    SandboxTokens Tokens,
    ControlPlaneOptions Options,
    TimeProvider Time,
    ILoggerFactory Loggers)
{
    /// <summary>Gets the directory of the files of sandboxes that are paused without memory.</summary>
    public string FilesDirectory => Path.Combine(Options.DataDirectory, "files");

    /// <summary>Returns a directory that does not exist yet, for the files of a sandbox that is paused without memory.</summary>
    public string NewPausedFiles(string id) => Path.Combine(FilesDirectory, $"{id}-{Guid.NewGuid():N}");

    /// <summary>Returns a directory for a snapshot's files that does not exist yet.</summary>
    public string NewSnapshotFiles() => Path.Combine(Options.DataDirectory, "snapshots", Guid.NewGuid().ToString("N"));

    /// <summary>Finds a template by its id or one of its aliases; null when there is none.</summary>
    /// <exception cref="SandboxException">Its file cannot be used.</exception>
    public SandboxTemplate? FindTemplate(string name)
    {
        try
        {
            return Templates.Find(name);
        }
        catch (TemplateException exception)
        {
            throw new SandboxException(SandboxFailure.Failed, exception.Message, code: null, exception);
        }
    }

    /// <summary>Returns a template by its id or one of its aliases.</summary>
    /// <exception cref="SandboxException">There is none, or its file cannot be used.</exception>
    public SandboxTemplate GetTemplate(string name) =>
        FindTemplate(name) ?? throw new SandboxException(SandboxFailure.NotFound, $"template '{name}' not found");

    /// <summary>Removes a copy of files; nothing happens when there is none.</summary>
    public static void Delete(string? directory)
    {
        if (directory is null || !Directory.Exists(directory)) return;
        // Programs of a sandbox choose names and rights of its files.
        if (OperatingSystem.IsLinux()) HostTool.RemoveTree(directory);
        else Directory.Delete(directory, recursive: true);
    }
}
