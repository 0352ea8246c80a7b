using System.Globalization;
using System.Net;
using System.Net.Sockets;
using KernelGateway.Protocol.Connection;

namespace KernelGateway.Launching.Addresses;

/// <summary>Leases loopback addresses on which kernels listen.</summary>
/// <remarks>
/// If all of 127.0.0.0/8 is loopback (Linux), each kernel gets its own address of 127.64.0.0/10, with fixed ports below the
/// ephemeral range. Two kernels cannot collide, and no port has to be found by binding. Elsewhere five free ports
/// of 127.0.0.1 are found by binding and released again; between that and the kernel's own bind another process can take them, so the
/// caller starts again when the kernel does not become ready.
/// </remarks>
internal sealed class LoopbackAddressPool(int firstPort)
{
    private const uint FirstAddress = 0x7F400000;          // 127.64.0.0
    private const int UsualFirstPort = 28400;
    private const int LowestPort = 10000;
    private const int Attempts = 32;

    private readonly ShuffledNumbers _numbers = new();
    private readonly Lock _lock = new();
    private readonly HashSet<IPAddress> _addressesInUse = [];  // Guarded by _lock, as the one below.
    private readonly HashSet<int> _portsInUse = [];
    private bool _hasOwnAddresses = OperatingSystem.IsLinux();

    internal LoopbackAddressPool()
        : this(ChooseFirstPort())
    {
    }

    /// <summary>The pool of this process. Two pools could give one address to two kernels.</summary>
    internal static LoopbackAddressPool Shared { get; } = new();

    /// <summary>Leases an address without a listener; returns null when none was found.</summary>
    /// <param name="ownAddress">Whether to give an address of its own; null for what the platform offers.</param>
    internal KernelAddress? Lease(bool? ownAddress)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (!(ownAddress ?? _hasOwnAddresses)) return LeasePorts();
            var result = TryLeaseOwn(attempt, out var address);
            if (result == SocketError.Success) return address;
            // A sandboxed network stack that knows 127.0.0.1 only.
            if (result == SocketError.AddressNotAvailable) _hasOwnAddresses = false;
        }

        return null;
    }

    /// <summary>Keeps the address of a kernel that runs already from being handed out.</summary>
    internal KernelAddress Adopt(string ip)
    {
        if (!IPAddress.TryParse(ip, out var address)) return new KernelAddress(KernelTransport.Tcp, ip, [], () => { });
        lock (_lock) _addressesInUse.Add(address);
        return new KernelAddress(KernelTransport.Tcp, ip, [], () => Release(address));
    }

    private SocketError TryLeaseOwn(int attempt, out KernelAddress? lease)
    {
        lease = null;
        var address = ToAddress(FirstAddress + (uint)_numbers.Next());
        lock (_lock)
            if (!_addressesInUse.Add(address)) return SocketError.AddressAlreadyInUse;

        // A program that listens on the usual port of all addresses blocks each of these addresses: try other ports too.
        var lowest = attempt == 0 ? firstPort : Random.Shared.Next(LowestPort, UsualFirstPort - KernelAddress.Channels);
        var ports = Enumerable.Range(lowest, KernelAddress.Channels).ToArray();
        var result = TryBind(address, ports);
        if (result == SocketError.Success)
            lease = new KernelAddress(KernelTransport.Tcp, address.ToString(), ports, () => Release(address));
        else
            Release(address);
        return result;
    }

    private KernelAddress LeasePorts()
    {
        var ports = new List<int>(KernelAddress.Channels);
        var held = new List<Socket>();
        try
        {
            // All are held until the last is found, so that the system does not return one twice.
            while (ports.Count < KernelAddress.Channels)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                held.Add(socket);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
                lock (_lock)
                    if (_portsInUse.Add(port)) ports.Add(port);
            }
        }
        catch
        {
            Release(ports);
            throw;
        }
        finally
        {
            foreach (var socket in held) socket.Dispose();
        }

        return new KernelAddress(KernelTransport.Tcp, IPAddress.Loopback.ToString(), ports, () => Release(ports));
    }

    private static SocketError TryBind(IPAddress address, int[] ports)
    {
        var held = new List<Socket>(ports.Length);
        try
        {
            foreach (var port in ports)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                held.Add(socket);
                socket.Bind(new IPEndPoint(address, port));
            }

            return SocketError.Success;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode;
        }
        finally
        {
            foreach (var socket in held) socket.Dispose();
        }
    }

    private void Release(IPAddress address)
    {
        lock (_lock) _addressesInUse.Remove(address);
    }

    private void Release(List<int> ports)
    {
        lock (_lock) _portsInUse.ExceptWith(ports);
    }

    private static IPAddress ToAddress(uint number) =>
        new([(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number]);

    // Outgoing connections get their ports from the ephemeral range; ports below it are used only if a program asks for them.
    private static int ChooseFirstPort()
    {
        try
        {
            var range = File.ReadAllText("/proc/sys/net/ipv4/ip_local_port_range").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            var lowest = int.Parse(range[0], CultureInfo.InvariantCulture);
            return lowest - KernelAddress.Channels is > LowestPort and < UsualFirstPort ? lowest - KernelAddress.Channels : UsualFirstPort;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return UsualFirstPort;
        }
    }
}
