using System.Text.Json;
using NUnit.Framework;

namespace KernelGateway.Zmtp.Tests.Recorded;

/// <summary>The file of the exchanges that were recorded between libzmq and its peers.</summary>
internal static class RecordedFile
{
    public static JsonDocument Open()
    {
        var directory = new DirectoryInfo(TestContext.CurrentContext.TestDirectory);
        while (!Directory.Exists(Path.Combine(directory.FullName, "protocol-fixtures")))
            directory = directory.Parent ?? throw new DirectoryNotFoundException("protocol-fixtures is in no directory above the tests.");
        return JsonDocument.Parse(File.ReadAllBytes(Path.Combine(directory.FullName, "protocol-fixtures", "zmtp", "exchanges.json")));
    }
}
