using System.Globalization;
using System.Text;
using KernelGateway.Protocol.Connection;
using Newtonsoft.Json;
using Newtonsoft.Json.Linq;

namespace KernelGateway.Launching.Registration;

/// <summary>The file that a registering kernel gets in place of a connection file.</summary>
/// <remarks>JEP 66. Kernels distinguish it from a connection file by <c>registration_ip</c>.</remarks>
internal static class RegistrationFile
{
    internal static Task WriteAsync(
        string path,
        string registrationId,
        KernelConnectionInfo connectionInfo,
        string registrationIp,
        int registrationPort,
        CancellationToken cancellationToken)
    {
        var json = new JObject
        {
            ["kernel_id"] = registrationId,
            ["kernel_name"] = connectionInfo.KernelName,
            ["transport"] = "tcp",
            // Not in the proposal: xeus binds its sockets to this one.
            ["ip"] = connectionInfo.Ip,
            ["registration_ip"] = registrationIp,
            // A number in the documentation; xeus reads a string.
            ["registration_port"] = registrationPort.ToString(CultureInfo.InvariantCulture),
            ["signature_scheme"] = connectionInfo.SignatureScheme,
            ["key"] = connectionInfo.Key,
        };
        return PrivateFiles.WriteAsync(path, Encoding.UTF8.GetBytes(json.ToString(Formatting.None)), cancellationToken);
    }
}
