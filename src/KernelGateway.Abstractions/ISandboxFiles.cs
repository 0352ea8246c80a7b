using KernelGateway.Sandboxes;

namespace KernelGateway;

/// <summary>The files of the machine or sandbox in which code runs, as far as tools need them.</summary>
/// <remarks>
/// A path is absolute, or relative to the home of the user, or empty for the default directory. Failures are
/// <see cref="SandboxException"/>.
/// </remarks>
public interface ISandboxFiles
{
    /// <summary>Reads a file as UTF-8.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="SandboxException">There is no such file (<see cref="SandboxError.NotFound"/>), or it cannot be read.</exception>
    Task<string> ReadTextAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Reads a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    /// <exception cref="SandboxException">There is no such file (<see cref="SandboxError.NotFound"/>), or it cannot be read.</exception>
    Task<byte[]> ReadBytesAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Writes text as UTF-8 in place of what the file had. Missing directories are created.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="text">The text.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    /// <exception cref="SandboxException">It cannot be written.</exception>
    Task WriteTextAsync(string path, string text, CancellationToken cancellationToken = default);

    /// <summary>Writes bytes in place of what the file had. Missing directories are created.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="cancellationToken">Stops writing.</param>
    /// <exception cref="SandboxException">It cannot be written.</exception>
    Task WriteBytesAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default);

    /// <summary>Lists a directory in pre-order, by name at each level, without the directory itself.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="depth">How many levels, at least 1.</param>
    /// <param name="cancellationToken">Stops listing.</param>
    /// <exception cref="SandboxException">There is no such directory (<see cref="SandboxError.NotFound"/>), or it cannot be read.</exception>
    Task<IReadOnlyList<SandboxEntry>> ListAsync(string path, int depth = 1, CancellationToken cancellationToken = default);

    /// <summary>Finds out whether something is at a path.</summary>
    /// <param name="path">The path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="SandboxException">It cannot be found out.</exception>
    Task<bool> ExistsAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Removes a file, or a directory with all that is in it. That nothing is there is success.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    /// <exception cref="SandboxException">It cannot be removed.</exception>
    Task RemoveAsync(string path, CancellationToken cancellationToken = default);

    /// <summary>Creates a directory and the missing ones above it.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>True when it was created; false when there was a directory already.</returns>
    /// <exception cref="SandboxException">It cannot be created.</exception>
    Task<bool> MakeDirectoryAsync(string path, CancellationToken cancellationToken = default);
}
