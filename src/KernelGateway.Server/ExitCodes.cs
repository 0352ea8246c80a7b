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

    /// <summary>Ctrl-C; the code of shells: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}
