using Mono.Cecil;
using Mono.Cecil.Cil;
using Mono.Cecil.Rocks;

namespace KernelGateway.Architecture.Tests;

/// <summary>One use of a type by a member of another type in the same assembly. A nested type counts as the type that contains it.</summary>
internal sealed record TypeUse(TypeDefinition From, string Member, TypeDefinition To)
{
    public override string ToString() => $"{From.FullName}.{Member} uses {To.FullName}";
}

/// <summary>
/// Reads the references between the types of a compiled assembly: base types, interfaces, attributes, constraints, fields, properties, events,
/// signatures and method bodies. Constants and <c>nameof</c> leave no reference in an assembly and are not found.
/// </summary>
internal static class TypeReferences
{
    public static IReadOnlyList<TypeUse> Read(string assemblyPath)
    {
        using var module = ModuleDefinition.ReadModule(assemblyPath);
        var uses = new List<TypeUse>();
        foreach (var type in module.GetAllTypes().Where(type => !IsGenerated(Outermost(type))))
        {
            var from = Outermost(type);
            foreach (var (member, reference) in OfType(type))
            {
                foreach (var to in Definitions(reference, module))
                {
                    if (to != from && !IsGenerated(to)) uses.Add(new TypeUse(from, member, to));
                }
            }
        }
        return uses;
    }

    private static IEnumerable<(string Member, TypeReference Reference)> OfType(TypeDefinition type)
    {
        // The compiler's nested types (state machines, closures) have the name of their method in their own name.
        var name = type.IsNested ? type.Name : "(declaration)";
        if (type.BaseType is { } baseType) yield return (name, baseType);
        foreach (var implementation in type.Interfaces) yield return (name, implementation.InterfaceType);
        foreach (var reference in Attributes(type).Concat(Constraints(type))) yield return (name, reference);
        foreach (var field in type.Fields)
        {
            foreach (var reference in Attributes(field).Prepend(field.FieldType)) yield return (field.Name, reference);
        }
        foreach (var property in type.Properties)
        {
            foreach (var reference in Attributes(property).Prepend(property.PropertyType)) yield return (property.Name, reference);
        }
        foreach (var @event in type.Events) yield return (@event.Name, @event.EventType);
        foreach (var method in type.Methods)
        {
            var member = type.IsNested ? $"{type.Name}.{method.Name}" : method.Name;
            foreach (var reference in Signature(method).Concat(Body(method))) yield return (member, reference);
        }
    }

    private static IEnumerable<TypeReference> Signature(MethodDefinition method) =>
        method.Parameters.Select(parameter => parameter.ParameterType)
            .Concat(method.Parameters.SelectMany(Attributes))
            .Concat(Attributes(method))
            .Concat(Constraints(method))
            .Append(method.ReturnType);

    private static IEnumerable<TypeReference> Body(MethodDefinition method)
    {
        if (!method.HasBody) yield break;
        foreach (var variable in method.Body.Variables) yield return variable.VariableType;
        foreach (var handler in method.Body.ExceptionHandlers)
        {
            if (handler.CatchType is { } caught) yield return caught;
        }
        foreach (var reference in method.Body.Instructions.SelectMany(Operands)) yield return reference;
    }

    private static IEnumerable<TypeReference> Operands(Instruction instruction) => instruction.Operand switch
    {
        TypeReference type => [type],
        FieldReference field => [field.DeclaringType, field.FieldType],
        MethodReference method =>
        [
            method.DeclaringType, method.ReturnType, .. method.Parameters.Select(parameter => parameter.ParameterType),
            .. method is GenericInstanceMethod generic ? generic.GenericArguments : [],
        ],
        _ => [],
    };

    private static IEnumerable<TypeReference> Attributes(ICustomAttributeProvider provider) =>
        provider.CustomAttributes.SelectMany(attribute => attribute.ConstructorArguments
            .Select(argument => argument.Value)
            .OfType<TypeReference>()
            .Append(attribute.AttributeType));

    private static IEnumerable<TypeReference> Constraints(IGenericParameterProvider provider) =>
        provider.GenericParameters.SelectMany(parameter => parameter.Constraints).Select(constraint => constraint.ConstraintType);

    /// <summary>The types of the module that a reference names, including the elements of arrays and the arguments of generic types.</summary>
    private static IEnumerable<TypeDefinition> Definitions(TypeReference reference, ModuleDefinition module)
    {
        if (reference is GenericInstanceType generic)
        {
            foreach (var to in generic.GenericArguments.SelectMany(argument => Definitions(argument, module))) yield return to;
        }
        if (reference is TypeSpecification specification)
        {
            foreach (var to in Definitions(specification.ElementType, module)) yield return to;
        }
        else if (reference is TypeDefinition definition && definition.Module == module)
        {
            yield return Outermost(definition);
        }
    }

    private static TypeDefinition Outermost(TypeDefinition type)
    {
        while (type.DeclaringType is { } container) type = container;
        return type;
    }

    // Types that the compiler and source generators add to an assembly (attributes, collection expressions, configuration binders) have no
    // namespace or one of the framework.
    private static bool IsGenerated(TypeDefinition type) =>
        type.Namespace.Length == 0 || type.CustomAttributes.Any(attribute => attribute.AttributeType.Name == "EmbeddedAttribute")
        || type.Namespace.StartsWith("System.", StringComparison.Ordinal)
        || type.Namespace.StartsWith("Microsoft.", StringComparison.Ordinal) && type.Name.Contains('<', StringComparison.Ordinal);
}
