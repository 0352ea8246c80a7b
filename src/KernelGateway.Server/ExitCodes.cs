namespace KernelGateway.Server;

/// <summary>The exit codes of the process.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The code raised, its kernel died, or the server could not start.</summary>
    public const int Failure = 1;

    /// <summary>The command line is invalid, or something that it names does not exist.</summary>
    public const int Usage = 2;

    /// <summary>The time limit passed; the code of timeout(1).</summary>
    public const int TimedOut = 124;

    /// <summary>The gateway that a process was to be started at cannot be used; the code of Docker.</summary>
    public const int RemoteFailure = 125;

    /// <summary>A process could not be started at a gateway; the code of shells.</summary>
    public const int RemoteNotStarted = 127;

    /// <summary>What shells add to the number of a signal that ended a process.</summary>
    public const int SignalBase = 128;

    /// <summary>Ctrl-C; the code of shells: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}
