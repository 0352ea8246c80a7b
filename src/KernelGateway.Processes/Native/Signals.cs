namespace KernelGateway.Processes.Native;

/// <summary>The signals that are sent to processes; their numbers are the same on all supported systems, unless a comment says otherwise.</summary>
internal static class Signals
{
    internal const int HangUp = 1;
    internal const int Interrupt = 2;
    internal const int Quit = 3;
    internal const int Kill = 9;
    internal const int BrokenPipe = 13;
    internal const int Alarm = 14;
    internal const int Terminate = 15;

    // Linux only, as all below.
    internal const int User1 = 10;
    internal const int User2 = 12;
    internal const int Continue = 18;
    internal const int Stop = 19;
    internal const int TerminalStop = 20;
    internal const int WindowChange = 28;
}
