namespace KernelGateway.Server;

/// <summary>What the process says when it is over.</summary>
internal static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The code raised, its kernel died, or the server could not start.</summary>
    public const int Failure = 1;

    /// <summary>The command could not be understood, or what it names does not exist.</summary>
    public const int Usage = 2;

    /// <summary>The time limit passed; the number is that of timeout(1).</summary>
    public const int TimedOut = 124;

    /// <summary>Ctrl-C; the number is that of shells: 128 and SIGINT.</summary>
    public const int Interrupted = 130;
}
