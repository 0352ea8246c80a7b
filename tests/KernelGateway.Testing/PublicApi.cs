using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace KernelGateway.Testing;

/// <summary>
/// Describes the public surface of an assembly as text with one line per member, so that a change of the surface is a visible diff.
/// </summary>
/// <remarks>
/// A test compares the text with a checked-in file: <c>PublicApi.Compare(typeof(X).Assembly, path)</c> returns null when both are equal.
/// With the environment variable <c>UPDATE_PUBLIC_API=1</c> the file is written instead.
/// </remarks>
public static class PublicApi
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    // The members that the compiler adds to every record. They are left out because nobody wrote them.
    private static readonly string[] RecordMembers =
        ["Equals", "GetHashCode", "ToString", "PrintMembers", "<Clone>$", "Deconstruct"];

    /// <summary>Compares the surface of an assembly with a checked-in file.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="approvedFile">The file.</param>
    /// <returns>The added lines (+) and the removed lines (-); null when there are none.</returns>
    public static string? Compare(Assembly assembly, string approvedFile)
    {
        var actual = Describe(assembly);
        if (Environment.GetEnvironmentVariable("UPDATE_PUBLIC_API") == "1") File.WriteAllText(approvedFile, actual);
        var approved = File.Exists(approvedFile) ? File.ReadAllText(approvedFile).ReplaceLineEndings("\n") : "";
        if (actual == approved) return null;

        // A type has a line of its own above its members, so each member is compared together with its type.
        var actualLines = Qualify(actual);
        var approvedLines = Qualify(approved);
        var differences = approvedLines.Except(actualLines).Select(line => "- " + line)
            .Concat(actualLines.Except(approvedLines).Select(line => "+ " + line)).ToArray();
        var list = string.Join('\n', differences.Length > 0 ? differences : ["(only the order differs)"]);
        return $"The public surface of {assembly.GetName().Name} is not what {Path.GetFileName(approvedFile)} says. "
            + $"If that is meant, run the test once with UPDATE_PUBLIC_API=1.\n{list}";
    }

    /// <summary>Describes all types and members that code outside the assembly can use.</summary>
    /// <param name="assembly">The assembly.</param>
    public static string Describe(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().Where(IsWritten).OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(ApiText.OfType(type)).Append('\n');
            foreach (var line in Members(type).Order(StringComparer.Ordinal)) text.Append("    ").Append(line).Append('\n');
        }
        return text.ToString();
    }

    // The compiler describes the receiver of extension members by nested types with names that nobody can write.
    private static bool IsWritten(Type type) => !type.FullName!.Contains('<', StringComparison.Ordinal);

    private static IEnumerable<string> Members(Type type)
    {
        if (typeof(Delegate).IsAssignableFrom(type)) return [ApiText.OfMethod(type.GetMethod("Invoke")!)];
        var isRecord = type.GetMethod("<Clone>$") is not null
            || type.GetProperty("EqualityContract", BindingFlags.NonPublic | BindingFlags.Instance) is not null;
        return type.GetMembers(Declared).Where(member => IsShown(member, isRecord)).Select(member => member switch
        {
            FieldInfo field => ApiText.OfField(field),
            PropertyInfo property => ApiText.OfProperty(property),
            EventInfo handler => $"event {ApiText.Name(handler.EventHandlerType!)} {handler.Name}",
            ConstructorInfo constructor => $"new({ApiText.Parameters(constructor)})",
            MethodInfo method => ApiText.OfMethod(method),
            _ => throw new NotSupportedException($"{member.MemberType} {member.Name}"),
        });
    }

    private static bool IsShown(MemberInfo member, bool isRecord) => member switch
    {
        FieldInfo field => ApiText.IsVisible(field) && !field.IsSpecialName,
        PropertyInfo property =>
            property.GetAccessors(nonPublic: true).Any(ApiText.IsVisible) && property.Name != "EqualityContract",
        EventInfo handler => ApiText.IsVisible(handler.AddMethod!),
        ConstructorInfo constructor => ApiText.IsVisible(constructor) && !IsCopyConstructor(constructor, isRecord),
        MethodInfo method => ApiText.IsVisible(method) && IsWritten(method, isRecord),
        _ => false,
    };

    private static bool IsWritten(MethodInfo method, bool isRecord)
    {
        if (method.Name.StartsWith("op_", StringComparison.Ordinal)) return !isRecord;
        if (method.IsSpecialName || method.GetCustomAttribute<CompilerGeneratedAttribute>() is not null) return false;
        if (isRecord && RecordMembers.Contains(method.Name)) return false;
        return method.GetBaseDefinition() == method || method.DeclaringType!.IsAbstract;
    }

    private static bool IsCopyConstructor(ConstructorInfo constructor, bool isRecord) =>
        isRecord && constructor.GetParameters() is [var only] && only.ParameterType == constructor.DeclaringType;

    private static List<string> Qualify(string text)
    {
        var lines = new List<string>();
        var type = "";
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line[0] != ' ') type = line;
            lines.Add(line[0] != ' ' ? line : $"{type} :: {line.Trim()}");
        }
        return lines;
    }
}
