using KernelGateway.Zmtp;

namespace KernelGateway.Transports.Zmtp;

/// <summary>Tells a connection that the gateway ended, because it could not take a message of the kernel, from one that was lost.</summary>
internal static class RefusedMessage
{
    /// <summary>Says what could not be taken: a message beyond a limit, or beyond the memory there is. The kernel lives and connects again.</summary>
    /// <returns>False when the connection ended for another reason.</returns>
    public static bool TryDescribe(ZmtpConnectionEvent change, out string problem)
    {
        problem = change.Exception?.Message ?? change.Reason.ToString();
        return change.Reason switch
        {
            ZmtpConnectionEndReason.ProtocolError => true,
            ZmtpConnectionEndReason.TransportFailed => change.Exception is OutOfMemoryException,
            _ => false,
        };
    }
}
