using KernelGateway.Protocol.Messages;
using KernelGateway.Protocol.Messages.Shell;
using KernelGateway.Testing.Scripting;

namespace KernelGateway.AspNetCore.Tests.Support;

internal static class ScriptedKernelExtensions
{
    /// <summary>Returns the code of the execute requests that the kernel has received, in order.</summary>
    public static IEnumerable<string> GetReceivedCode(this ScriptedKernel kernel) =>
        kernel.Received.Items
            .Where(received => received.Message?.MessageType == MessageTypes.ExecuteRequest)
            .Select(received => received.Message!.ReadContent<ExecuteRequest>().Code);
}
