using System.Runtime.InteropServices;

namespace KernelGateway.Processes.Native;

/// <summary>Everything that a new process gets. It inherits nothing else.</summary>
internal sealed record SpawnRequest
{
    /// <summary>The program's absolute path.</summary>
    internal required string ProgramPath { get; init; }

    internal required IReadOnlyList<string> Argv { get; init; }

    internal required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>Null for the gateway's own.</summary>
    internal string? WorkingDirectory { get; init; }

    /// <summary>The soft limit of open files; null for the gateway's own.</summary>
    internal int? OpenFilesLimit { get; init; }

    /// <summary>Null for the terminal of <see cref="TerminalPath"/>, or for /dev/null without one.</summary>
    internal SafeHandle? StandardInput { get; init; }

    internal required SafeHandle StandardOutput { get; init; }

    internal required SafeHandle StandardError { get; init; }

    /// <summary>
    /// The terminal that the process opens, by which it becomes its controlling terminal; null for none.
    /// </summary>
    internal string? TerminalPath { get; init; }

    /// <summary>What the process has as the descriptors 3, 4 and so on.</summary>
    internal IReadOnlyList<SafeHandle> InheritedHandles { get; init; } = [];
}
