using KernelGateway.AspNetCore.Jupyter.Common;

namespace KernelGateway.AspNetCore.Jupyter.Kernels;

/// <summary>Finds the directory in which a kernel is started.</summary>
/// <remarks>Null means the gateway's default, the directory of prespawned kernels.</remarks>
internal sealed class StartDirectory(KernelGatewayOptions options)
{
    private readonly string _root = Path.TrimEndingDirectorySeparator(
        Path.GetFullPath(options.DefaultWorkingDirectory ?? Environment.CurrentDirectory));

    /// <summary>Returns a directory of this machine; a relative one is below the default directory.</summary>
    /// <exception cref="JupyterBodyException">It does not exist.</exception>
    public string? OfDirectory(string directory)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory, _root));
        if (!Directory.Exists(full)) throw new JupyterBodyException($"'cwd': the directory '{full}' does not exist.");
        return full == _root ? null : full;
    }

    /// <summary>
    /// Returns the directory of a path of Jupyter's API: that directory or the closest of its parents that exists.
    /// </summary>
    /// <exception cref="JupyterBodyException">It is not below the default directory.</exception>
    public string? OfPath(string path) =>
        Below(path) is { } full ? Closest(full) : throw new JupyterBodyException($"'path': '{path}' is not below the server's directory.");

    /// <summary>
    /// Returns the directory of a session's path; null when it is not a path below the default directory.
    /// </summary>
    public string? OfSessionPath(string path) => Below(path) is { } full ? Closest(full) : null;

    /// <summary>
    /// Returns the directory of a client that shares this machine's files; null for a directory that does not exist here.
    /// </summary>
    public string? OfClient(string directory) =>
        Path.IsPathRooted(directory) && Directory.Exists(directory) && Path.GetFullPath(directory) is var full && full != _root ? full : null;

    // API paths with and without a leading slash mean the same.
    private string? Below(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path.TrimStart('/'), _root));
        return full == _root || full.StartsWith(RootPrefix, StringComparison.Ordinal) ? full : null;
    }

    private string? Closest(string full)
    {
        while (full.Length > _root.Length && !Directory.Exists(full)) full = Path.GetDirectoryName(full)!;
        return full.Length > _root.Length ? full : null;
    }

    private string RootPrefix => Path.EndsInDirectorySeparator(_root) ? _root : _root + Path.DirectorySeparatorChar;
}
