using System.Text;
using KernelGateway.Processes.Native;

namespace KernelGateway.Server.Sudo;

/// <summary>Writes to the standard streams of this process, without the console of .NET, which changes the terminal.</summary>
internal static class StandardOutput
{
    public const int Output = 1;
    public const int Error = 2;

    /// <summary>Writes a text; it is lost when nobody reads the stream.</summary>
    public static void Write(int descriptor, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text).AsSpan();
        while (!bytes.IsEmpty)
        {
            var count = LibC.Write(descriptor, bytes);
            if (count >= 0) bytes = bytes[count..];
            else if (count == LibC.NoRoom) _ = LibC.Poll([new PollDescriptor(descriptor, LibC.PollOut)], timeoutMilliseconds: -1);
            else return;
        }
    }
}
