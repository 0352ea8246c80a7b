using System.Text.Json;
using KernelGateway.AspNetCore.Auditing;

namespace KernelGateway.AspNetCore.Legacy.Rpc;

/// <summary>The positional parameters of a call.</summary>
/// <param name="values">An array; anything else counts as an empty one.</param>
/// <param name="caller">Who calls.</param>
internal readonly struct RpcParameters(JsonElement values, AuditCaller caller)
{
    /// <summary>Gets who calls, for the audit log.</summary>
    public AuditCaller Caller => caller;

    /// <summary>Gets the number of parameters.</summary>
    public int Count => values.ValueKind == JsonValueKind.Array ? values.GetArrayLength() : 0;

    /// <summary>Returns a parameter that must be a string.</summary>
    /// <exception cref="RpcException">It is missing or has another type.</exception>
    public string GetString(int index) => ReadString(Get(index, JsonValueKind.String, "string"), index);

    /// <summary>Returns a parameter that is a string, or null or missing.</summary>
    /// <exception cref="RpcException">It has another type.</exception>
    public string? FindString(int index) =>
        index >= Count || values[index].ValueKind == JsonValueKind.Null ? null : GetString(index);

    /// <summary>Returns a parameter that must be a whole number.</summary>
    /// <exception cref="RpcException">It is missing or has another type.</exception>
    public int GetNumber(int index) =>
        Get(index, JsonValueKind.Number, "number").TryGetInt32(out var number) ? number : throw Invalid(index, "a number out of range");

    /// <summary>Returns a parameter that is an object of strings, or null or missing.</summary>
    /// <exception cref="RpcException">It has another type.</exception>
    public Dictionary<string, string> GetVariables(int index)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        if (index >= Count || values[index].ValueKind == JsonValueKind.Null) return variables;
        foreach (var property in Get(index, JsonValueKind.Object, "object").EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.String) throw Invalid(index, $"the variable '{property.Name}' is not a string");
            variables[property.Name] = ReadString(property.Value, index);
        }

        return variables;
    }

    /// <summary>Checks that there are no more parameters than a method has.</summary>
    /// <exception cref="RpcException">There are more.</exception>
    public void CheckCount(int most)
    {
        if (Count > most) throw new RpcException(RpcException.InvalidParameters, $"too many arguments, want at most {most}");
    }

    private static string ReadString(JsonElement element, int index)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Invalid(index, "half of a surrogate pair");
        }
    }

    private static RpcException Invalid(int index, string found) =>
        new(RpcException.InvalidParameters, $"invalid argument {index}: {found}");

    private JsonElement Get(int index, JsonValueKind kind, string name)
    {
        if (index >= Count) throw new RpcException(RpcException.InvalidParameters, $"missing value for required argument {index}");
        return values[index].ValueKind == kind ? values[index] : throw Invalid(index, $"not a {name}");
    }
}
