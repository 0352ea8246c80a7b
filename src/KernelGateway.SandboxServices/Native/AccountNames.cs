using System.Runtime.InteropServices;
using System.Text;

namespace KernelGateway.SandboxServices.Native;

/// <summary>Names of users and groups by their ids, each looked up once. An instance lives as long as one operation.</summary>
internal sealed unsafe partial class AccountNames
{
    private const int MaxBufferBytes = 1024 * 1024;

    private readonly Dictionary<uint, string> _users = [];
    private readonly Dictionary<uint, string> _groups = [];

    /// <summary>Gets the name of a user; the id in digits when it has none.</summary>
    internal string GetUser(uint id) => Get(_users, id, FindUser);

    /// <summary>Gets the name of a group; the id in digits when it has none.</summary>
    internal string GetGroup(uint id) => Get(_groups, id, FindGroup);

    private static string Get(Dictionary<uint, string> known, uint id, Lookup lookup)
    {
        if (known.TryGetValue(id, out var name)) return name;
        return known[id] = Find(id, lookup) ?? id.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string? Find(uint id, Lookup lookup)
    {
        // struct passwd and struct group both begin with the name.
        var entry = stackalloc byte*[16];
        for (var size = 1024; size <= MaxBufferBytes; size *= 4)
        {
            var buffer = new byte[size];
            fixed (byte* start = buffer)
            {
                byte** found = null;
                var error = lookup(id, entry, start, (nuint)size, &found);
                if (error == ErrorNumber.OutOfRange) continue;
                if (error != 0 || found is null) return null;
                return Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry[0]));
            }
        }

        return null;
    }

    private delegate int Lookup(uint id, byte** entry, byte* buffer, nuint length, byte*** result);

    [LibraryImport("libc", EntryPoint = "getpwuid_r")]
    private static partial int FindUser(uint id, byte** entry, byte* buffer, nuint length, byte*** result);

    [LibraryImport("libc", EntryPoint = "getgrgid_r")]
    private static partial int FindGroup(uint id, byte** entry, byte* buffer, nuint length, byte*** result);
}
