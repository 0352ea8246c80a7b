using KernelGateway.Sandboxes;

namespace KernelGateway.Client.Legacy;

/// <summary>An operation on the files of a sandbox failed. The inner exception has the service's code.</summary>
public sealed class FilesystemException : SandboxException
{
    internal FilesystemException(SandboxError error, string message, Exception? innerException = null)
        : base(error, message, innerException)
    {
    }
}

/// <summary>A process of a sandbox cannot be started, or cannot be reached. The inner exception has the service's code.</summary>
public class ProcessException : SandboxException
{
    internal ProcessException(SandboxError error, string message, Exception? innerException = null)
        : base(error, message, innerException)
    {
    }
}

/// <summary>The directory in which a process was to be started does not exist.</summary>
public sealed class CurrentWorkingDirectoryDoesntExistException : ProcessException
{
    internal CurrentWorkingDirectoryDoesntExistException(string directory, Exception? innerException)
        : base(SandboxError.NotFound, $"The working directory '{directory}' does not exist: create it with Filesystem.MakeDirAsync first.", innerException)
    {
    }
}
