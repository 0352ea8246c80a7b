namespace KernelGateway.SandboxServices.Native;

/// <summary>Error numbers of Linux (errno).</summary>
internal static class ErrorNumber
{
    internal const int NotPermitted = 1;
    internal const int NoEntry = 2;
    internal const int Interrupted = 4;
    internal const int NoDeviceOrAddress = 6;
    internal const int TryAgain = 11;
    internal const int AccessDenied = 13;
    internal const int Busy = 16;
    internal const int Exists = 17;
    internal const int CrossDevice = 18;
    internal const int NotADirectory = 20;
    internal const int IsADirectory = 21;
    internal const int InvalidArgument = 22;
    internal const int TooManyOpenInSystem = 23;
    internal const int TooManyOpen = 24;
    internal const int TextBusy = 26;
    internal const int FileTooBig = 27;
    internal const int NoSpace = 28;
    internal const int ReadOnlyFileSystem = 30;
    internal const int OutOfRange = 34;
    internal const int NameTooLong = 36;
    internal const int NotImplemented = 38;
    internal const int NotEmpty = 39;
    internal const int Loop = 40;
    internal const int NoData = 61;
    internal const int NotSupported = 95;
    internal const int QuotaExceeded = 122;
}
