namespace KernelGateway.Server.Remote;

/// <summary>What went wrong with a remote gateway.</summary>
internal enum RemoteProblem
{
    /// <summary>Something that has no value of its own.</summary>
    Other,

    /// <summary>The gateway cannot be reached, or the connection broke.</summary>
    Unreachable,

    /// <summary>The token is missing or wrong.</summary>
    TokenRefused,

    /// <summary>The gateway serves no files and commands.</summary>
    ServicesOff,

    /// <summary>There is no such user.</summary>
    UnknownUser,

    /// <summary>There is no such file or process.</summary>
    NotFound,

    /// <summary>There is such a file already.</summary>
    AlreadyExists,

    /// <summary>What was asked for is not possible; of a start: the program or its directory does not exist.</summary>
    InvalidArgument,
}

/// <summary>A remote gateway refused or failed to do something. The message is a sentence for people.</summary>
internal sealed class RemoteException(RemoteProblem problem, string message, Exception? inner = null) : Exception(message, inner)
{
    public RemoteProblem Problem => problem;
}
