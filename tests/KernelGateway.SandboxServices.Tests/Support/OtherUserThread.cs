using System.Runtime.InteropServices;

namespace KernelGateway.SandboxServices.Tests.Support;

/// <summary>Runs work on a thread that has become another user, which the system sees as the peer of a socket.</summary>
public static partial class OtherUserThread
{
    // setresuid as a system call changes the calling thread alone.
    private static nint SetUserNumber => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 117 : 147;

    public static T Run<T>(uint userId, Func<T> work)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (SystemCall(SetUserNumber, (nint)userId, (nint)userId, (nint)userId) != 0) throw new InvalidOperationException("setresuid has failed.");
                result = work();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        // It is not used for anything else afterwards.
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new InvalidOperationException(failure.Message, failure);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint real, nint effective, nint saved);
}
