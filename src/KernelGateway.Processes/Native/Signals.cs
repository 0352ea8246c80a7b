namespace KernelGateway.Processes.Native;

/// <summary>The signals that are sent to processes; their numbers are the same on all supported systems.</summary>
internal static class Signals
{
    internal const int HangUp = 1;
    internal const int Interrupt = 2;
    internal const int Quit = 3;
    internal const int Kill = 9;
    internal const int BrokenPipe = 13;
    internal const int Terminate = 15;
}
