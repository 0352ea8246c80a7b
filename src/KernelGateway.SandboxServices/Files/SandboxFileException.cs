using System.Runtime.InteropServices;
using KernelGateway.SandboxServices.Native;

namespace KernelGateway.SandboxServices.Files;

/// <summary>An operation on files failed. The service and other operations go on.</summary>
public sealed class SandboxFileException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="reason">Why the operation failed.</param>
    /// <param name="path">The path that is to blame.</param>
    /// <param name="message">The message.</param>
    public SandboxFileException(FileErrorReason reason, string path, string message)
        : this(reason, path, message, 0)
    {
    }

    private SandboxFileException(FileErrorReason reason, string path, string message, int errorNumber)
        : base(message)
    {
        Reason = reason;
        Path = path;
        SystemErrorNumber = errorNumber;
    }

    /// <summary>Gets why the operation failed.</summary>
    public FileErrorReason Reason { get; }

    /// <summary>Gets the path that is to blame: the resolved one, or the part of it that is wrong.</summary>
    public string Path { get; }

    /// <summary>
    /// Gets the error number of the system (errno); zero when the operation was refused before the system was asked.
    /// </summary>
    public int SystemErrorNumber { get; }

    /// <summary>
    /// Gets the system's words for <see cref="SystemErrorNumber"/> as Go writes them: "no such file or directory"; else the
    /// message.
    /// </summary>
    public string SystemErrorText => SystemErrorNumber == 0 ? Message : GetText(SystemErrorNumber);

    internal static SandboxFileException Create(int errorNumber, string path) =>
        new(GetReason(errorNumber), path, $"'{path}': {GetText(errorNumber)}.", errorNumber);

    /// <summary>Translates what .NET throws when it reads or writes an open file.</summary>
    internal static SandboxFileException Create(Exception exception, string path) => exception switch
    {
        SandboxFileException known => known,
        // .NET gives the error number as HResult where it has no exception type of its own for it.
        IOException { HResult: > 0 and < 4096 } => Create(exception.HResult, path),
        UnauthorizedAccessException => Create(ErrorNumber.AccessDenied, path),
        ArgumentOutOfRangeException => Create(ErrorNumber.FileTooBig, path),
        _ => new SandboxFileException(FileErrorReason.Other, path, $"'{path}': {exception.Message}"),
    };

    private static string GetText(int errorNumber)
    {
        var text = Marshal.GetPInvokeErrorMessage(errorNumber);
        return text.Length > 1 && char.IsLower(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : text;
    }

    private static FileErrorReason GetReason(int errorNumber) => errorNumber switch
    {
        ErrorNumber.NoEntry => FileErrorReason.NotFound,
        ErrorNumber.Exists => FileErrorReason.AlreadyExists,
        ErrorNumber.NotADirectory => FileErrorReason.NotADirectory,
        ErrorNumber.IsADirectory => FileErrorReason.IsADirectory,
        ErrorNumber.NameTooLong => FileErrorReason.PathTooLong,
        ErrorNumber.Loop => FileErrorReason.LinkLoop,
        ErrorNumber.NotPermitted or ErrorNumber.AccessDenied => FileErrorReason.PermissionDenied,
        ErrorNumber.NoSpace or ErrorNumber.QuotaExceeded => FileErrorReason.NoSpace,
        ErrorNumber.FileTooBig => FileErrorReason.FileTooLarge,
        ErrorNumber.ReadOnlyFileSystem => FileErrorReason.ReadOnlyFileSystem,
        ErrorNumber.CrossDevice => FileErrorReason.CrossDevice,
        ErrorNumber.NotEmpty => FileErrorReason.NotEmpty,
        ErrorNumber.Busy or ErrorNumber.TextBusy => FileErrorReason.Busy,
        ErrorNumber.NoDeviceOrAddress => FileErrorReason.NotARegularFile,
        ErrorNumber.TooManyOpen or ErrorNumber.TooManyOpenInSystem => FileErrorReason.LimitReached,
        _ => FileErrorReason.Other,
    };
}
